// What is said of reporters that cannot close, as nobody reads what they write.
import { assertEquals } from "@std/assert";
import { CLI } from "../helpers/cli.ts";
