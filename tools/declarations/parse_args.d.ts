/** The part of `@std/cli/parse-args` that this project uses. */
export interface ParseOptions<B extends string, S extends string> {
  boolean?: readonly B[];
  string?: readonly S[];
  unknown?: (arg: string, key?: string, value?: unknown) => unknown;
}

export type Args<B extends string, S extends string> =
  & { [K in B]: boolean }
  & { [K in S]?: string }
  & { _: Array<string | number> };

export declare function parseArgs<B extends string = never, S extends string = never>(
  args: string[],
  options?: ParseOptions<B, S>,
): Args<B, S>;
