/** Collects the bytes that an output writes. */
export class Sink {
  #pieces: Uint8Array[] = [];
  /** The number of bytes. */
  length = 0;

  readonly write = (bytes: Uint8Array): Promise<void> => {
    this.#pieces.push(bytes.slice());
    this.length += bytes.length;
    return Promise.resolve();
  };

  bytes(): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(this.length);
    let at = 0;
    for (const piece of this.#pieces) {
      bytes.set(piece, at);
      at += piece.length;
    }
    return bytes;
  }

  text(): string {
    return new TextDecoder().decode(this.bytes());
  }
}
