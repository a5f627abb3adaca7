/** Pieces of a slow body, and the pause before each: two seconds in all. */
const PIECES = 10;
const PAUSE_MS = 200;
/** Bodies up to this number of bytes are sent at once. */
const SMALL = 100_000;

/** Serves files on loopback, large ones in two seconds. With `?chunked`, responses have no content-length. */
export async function withSlowServer(
  files: Record<string, Uint8Array>,
  use: (origin: string) => Promise<void>,
): Promise<void> {
  const options = { hostname: "127.0.0.1", port: 0, onListen() {} };
  await using server = Deno.serve(options, async (request) => {
    await request.body?.pipeTo(new WritableStream());
    const { pathname, searchParams } = new URL(request.url);
    if (request.method === "PUT") return new Response("taken");
    const file = files[pathname];
    if (file === undefined) return new Response("there is no such file", { status: 404 });
    const type = pathname.endsWith("/") ? "text/html" : "application/octet-stream";
    const length = searchParams.has("chunked") ? undefined : { "content-length": `${file.length}` };
    const body = file.length > SMALL ? slowly(file) : Uint8Array.from(file);
    return new Response(body, { headers: { "content-type": type, ...length } });
  });
  await use(`http://127.0.0.1:${server.addr.port}`);
}

function slowly(file: Uint8Array): ReadableStream<Uint8Array> {
  const size = Math.ceil(file.length / PIECES);
  let at = 0;
  return new ReadableStream({
    async pull(controller) {
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      controller.enqueue(file.slice(at, at += size));
      if (at >= file.length) controller.close();
    },
  });
}
