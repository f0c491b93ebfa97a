"""What the domain says while no run is under way is no concern of Prefect's."""

import logging

from tasks.logs import LOGGER, attach_logs


def test_a_line_after_the_last_run_is_not_sent_to_prefect(recwarn):
    attach_logs()
    logging.getLogger(LOGGER).warning("logged out of vCenter late")
    assert list(recwarn) == []
