"""What a person decides, from the host's tool: the words of `core.persons`. Loaded when used.

settle ITEM BOOKED WHO WHY        retry ITEM MEANT WHO WHY
defer ITEM UNTIL WHO WHY          release ITEM WHO WHY          cancel ITEM WHO WHY
"""

from tidegate.app.service import DESK_WORDS
from tidegate.core import persons


class Desk:
    def __init__(self, service, refused):
        self._service = service
        self._refused = refused

    def words(self):
        decides = (persons.settle, persons.retry, persons.defer, persons.release, persons.cancel)
        words = [self._word(decide) for decide in decides]
        return dict(zip(DESK_WORDS.split(), words))

    def _word(self, decide):
        def say(*values):
            engine = self._service.engine
            if not engine:
                raise self._refused("the bridge does not run: " + self._service.problem)
            try:
                self._service.bridge.serve(decide, engine, *values)
            except persons.Refused as refusal:
                raise self._refused(refusal.args[0])
            return True

        return say
