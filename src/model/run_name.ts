/**
 * Names of runs, for people: the check of a given one, and short readable ones for all others.
 *
 * @module
 */

/** The names that a person may give; the schema of events has the same pattern. */
export const RUN_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;

const FIRST = [
  ...["amber", "azure", "bold", "brave", "bright", "brisk", "calm", "clear", "clever", "cool"],
  ...["copper", "coral", "crisp", "dapper", "eager", "early", "fair", "fancy", "fleet", "fond"],
  ...["gentle", "glad", "golden", "grand", "green", "happy", "hardy", "hazel", "honest", "ivory"],
  ...["jolly", "keen", "kind", "lively", "loyal", "lucky", "mellow", "merry", "mild", "misty"],
  ...["neat", "nimble", "noble", "olive", "patient", "plain", "polite", "proud", "quick", "quiet"],
  ...["rapid", "ready", "rosy", "rustic", "silver", "sincere", "smart", "snowy", "solid", "steady"],
  ...["sunny", "swift", "tidy", "vivid"],
];
const SECOND = [
  ...["acorn", "alder", "anchor", "badger", "beacon", "birch", "bison", "brook", "canyon", "cedar"],
  ...["cloud", "comet", "crane", "creek", "delta", "dune", "eagle", "ember", "falcon", "fern"],
  ...["finch", "fjord", "forest", "fox", "glade", "harbor", "hare", "heron", "hill", "island"],
  ...["jay", "lagoon", "lake", "lark", "lemur", "lynx", "maple", "marsh", "meadow", "mesa"],
  ...["moose", "oak", "orchid", "osprey", "otter", "owl", "panda", "pebble", "pine", "pond"],
  ...["puffin", "raven", "reef", "ridge", "river", "robin", "seal", "spruce", "stork", "summit"],
  ...["tiger", "valley", "walrus", "willow"],
];

/** Returns a name for a run that was given none: two words of 64 each, such as `amber-fox`. */
export function pickRunName(): string {
  const [first, second] = crypto.getRandomValues(new Uint8Array(2));
  return `${FIRST[first! % FIRST.length]}-${SECOND[second! % SECOND.length]}`;
}
