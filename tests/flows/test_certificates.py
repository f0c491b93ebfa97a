"""Certificates, as a scheduled flow."""

from bedplate.simulation import World
from flows.certificates import certificates


def test_a_run_keeps_its_report_and_says_what_ends(site, server):
    site.create()
    world = World(site.folder / "site")

    quiet = certificates(site=site.name, return_state=True)
    with world.transaction() as tx:
        tx.pass_to(tx.now + 350 * 24 * 3600)
    found = certificates(site=site.name, return_state=True)

    assert (quiet.name, found.name) == ("Completed", "Ending")
    (report,) = server.reports(found.state_details.flow_run_id)
    assert "vault w01/kubeconfig" in report
    assert "❌" in report
    assert (found.message or "").startswith(
        "1 clusters; certificates that end within 30 days: w01 ("
    )
