"""What a mount found. It outlives the mount, whose code a board drops again."""


class Report:
    # What a mount found. Numbers only; a person reads them, and the tests.
    def __init__(self):
        self.live = self.erased = 0  # sectors
        self.dead = 0  # sectors with neither a valid header nor a blank one
        self.walked = 0  # sectors without a usable footer
        self.damaged = 0  # places where entries could not be read
        self.mended = 0  # single wrong bits
        self.torn = 0  # an entry that the power cut left incomplete
        self.gaps = self.missing = 0  # in the sequence: how often, and how many entries
        self.lost = 0  # open items that could not be read any more
        self.given_back = 0  # sectors in which housekeeping had only begun
        self.open = 0
        self.visited = 0
        self.whole_ring = False  # no complete CHECKPOINT set was found

    def as_dict(self):
        names = (
            "live erased dead walked damaged mended torn"
            " gaps missing lost given_back open visited whole_ring"
        )
        values = (
            self.live, self.erased, self.dead, self.walked, self.damaged, self.mended, self.torn,
            self.gaps, self.missing, self.lost, self.given_back, self.open, self.visited,
            self.whole_ring,
        )  # fmt: skip
        return dict(zip(names.split(), values))  # see app.service about names
