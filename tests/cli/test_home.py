"""Where things are kept, and which sites and journals are known."""

from pathlib import Path

from deployments.home import Home, find_home


def test_the_home_is_the_folder_that_the_environment_names():
    assert find_home({"BEDPLATE_HOME": "/srv/bedplate"}).root == Path("/srv/bedplate")


def test_the_home_lies_below_the_state_folder_of_the_user():
    assert find_home({"XDG_STATE_HOME": "/state"}).root == Path("/state/bedplate")
    assert find_home({}).root == Path.home() / ".local/state/bedplate"


def test_a_journal_named_in_the_environment_is_used_by_every_site(tmp_path):
    (tmp_path / "sites.yaml").write_text("lab: {journal: 'sqlite:////elsewhere/lab.sqlite'}\n")
    url = "postgresql+psycopg://bedplate@db/bedplate"

    home = find_home({"BEDPLATE_HOME": str(tmp_path), "BEDPLATE_JOURNAL": url})

    assert home.journal_urls() == (url,)


def test_a_site_of_the_file_has_what_the_file_says_and_the_usual_for_the_rest(tmp_path):
    (tmp_path / "sites.yaml").write_text("east: {pace: 0.5, state: worlds/east}\nwest:\n")
    home = Home(tmp_path)

    east, west = home.site("east"), home.site("west")

    assert (east.pace, east.state) == (0.5, tmp_path / "worlds/east")
    assert (west.pace, west.state) == (0.0, tmp_path / "sites/west")
    assert east.journal == west.journal == home.default_journal


def test_sites_are_listed_without_passwords(cli, home):
    home.mkdir()
    text = "lab: {journal: 'postgresql+psycopg://me:hush@db:5432/journal'}\n"
    (home / "sites.yaml").write_text(text)

    result = cli("sites")

    assert "hush" not in result.out
    assert "postgresql+psycopg://me:***@db:5432/journal" in result.out


def test_reading_makes_no_journal(cli, home):
    assert cli("runs").out == "There are no runs yet\n"
    assert not home.exists()
