/** The part of `@std/streams/text-line-stream` that this project uses. */
export interface TextLineStreamOptions {
  allowCR?: boolean;
}

export declare class TextLineStream extends TransformStream<string, string> {
  constructor(options?: TextLineStreamOptions);
}
