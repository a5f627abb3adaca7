/**
 * Numbers with bounds. The JSON schema and the checks of a journal follow from these types.
 *
 * @module
 */

/**
 * A whole number, 0 or more.
 *
 * @asType integer
 * @minimum 0
 */
export type Count = number;

/**
 * A whole number, 1 or more.
 *
 * @asType integer
 * @minimum 1
 */
export type Positive = number;

/**
 * A number from 0 to 1.
 *
 * @minimum 0
 * @maximum 1
 */
export type Share = number;

/**
 * A number of milliseconds, 0 or more.
 *
 * @minimum 0
 */
export type Milliseconds = number;

/**
 * A number of milliseconds since 1970.
 *
 * @minimum 0
 */
export type Timestamp = number;
