"""The environment of a local Prefect."""

import stat

from deployments.home import Home
from deployments.prefect_settings import Address, prefect_environment

ADDRESS = Address("127.0.0.1", 4321)


def test_everything_of_prefects_is_kept_below_the_home(tmp_path):
    environment = prefect_environment(Home(tmp_path), ADDRESS, {})
    assert environment["PREFECT_HOME"] == str(tmp_path / "prefect")
    assert environment["PREFECT_API_URL"] == environment["PREFECT_UI_API_URL"]
    assert environment["PREFECT_API_URL"] == "http://127.0.0.1:4321/api"


def test_what_the_environment_says_of_another_server_is_not_heard(tmp_path):
    inherited = {"PREFECT_API_KEY": "pnu_1", "PREFECT_PROFILE": "cloud", "LANG": "C"}
    environment = prefect_environment(Home(tmp_path), ADDRESS, inherited)
    assert environment["LANG"] == "C"
    assert not {"PREFECT_API_KEY", "PREFECT_PROFILE"} & set(environment)


def test_the_key_of_the_blocks_stays_the_same_and_is_its_owners_alone(tmp_path):
    first, second = (prefect_environment(Home(tmp_path), ADDRESS, {}) for _ in range(2))
    name = "PREFECT_SERVER_ENCRYPTION_KEY"
    assert first[name] == second[name]
    mode = (tmp_path / "prefect" / "encryption.key").stat().st_mode
    assert stat.S_IMODE(mode) == 0o600


def test_a_server_that_listens_everywhere_is_opened_on_this_machine():
    assert Address("0.0.0.0", 80).url == "http://127.0.0.1:80"
