"""What a fault of the matrix is: what is done, how it is mended, and what must be seen meanwhile."""


class Fault:
    """One fault; what several share is a class without a name."""

    name = None

    # Before the first run of all; posts count from the mending on.
    is_early = False
    # Before the relay has taken a first mail.
    is_first_evening = False
    # Of `run dispatch` while it lasts.
    exit_status = 0
    # Words of what the runs tell, and of what `status` shows. None to tell: they must be silent; `None`: they may be.
    tells, shows = (), ()
    # In how many ticks something is told: when it begins, and for what ends meanwhile when it ends. None: in each, as
    # the README has it of a configuration that cannot be read and a directory that cannot be written.
    told_ticks = 1
    # What runs said while the fault was done, where it is one of a run.
    said = ()
    # Given after mending, where the words name one.
    command = None
    is_quick = False

    def skip(self, kind, database):
        """Why it makes no sense there; None: it does."""

    def is_refused(self, site):
        """Whether the database itself takes no such row: then nothing has happened."""
        return False

    def withheld(self, site, person, token):
        """Whether this copy waits until the fault is mended."""
        return False

    def harm(self, site):
        raise NotImplementedError

    def mend(self, site):
        pass


class Everything(Fault):
    """Nobody gets mail meanwhile."""

    def withheld(self, site, person, token):
        return True
