"""Why a sale, a settlement or the money is not where a shop expects it: causes, with evidence."""
