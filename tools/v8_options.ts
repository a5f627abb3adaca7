/**
 * Options of V8 for the installed command.
 *
 * - It often ends soon: functions are compiled as their file is loaded, so that Deno's cache has them, too; and there is room for
 *   what a short run makes, so that it need not collect garbage. (Row start of bench/.)
 * - It may have thousands of workers: garbage is collected when the heap has grown by half. By default, V8 waits longer.
 *   (Row pilots.)
 *
 * @module
 */

/** The option of `deno run`. */
export const V8_OPTIONS = "--v8-flags=--no-lazy,--min-semi-space-size=8,--heap-growing-percent=50";
