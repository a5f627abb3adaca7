/**
 * The program that runs pilots on nodes.
 *
 * @module
 */
import { isPassable } from "../../base/paths.ts";
import { ConfigError, text, type ValueType } from "../../model/value_types.ts";

/** The word for no program: each worker then has an agent of its own. */
export const NO_REMOTE_DENO = "none";

/** The type of the path of Deno on the nodes; `none` stands for no Deno there. */
export const REMOTE_DENO: ValueType<string> = {
  syntax: "string",
  check(value, name) {
    const wanted = `an absolute path of Deno on the nodes, or "${NO_REMOTE_DENO}"`;
    const given = text().check(value, name);
    const isRight = given === NO_REMOTE_DENO || (given.startsWith("/") && isPassable(given));
    if (!isRight) throw new ConfigError(name, { wanted, value });
    return given;
  },
};
