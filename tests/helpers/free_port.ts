/**
 * Ports for servers that must have a certain one.
 *
 * @module
 */

/** Below the ports that systems give to outgoing connections: none of these can take a port before its server does. */
const FIRST_PORT = 20_000;
const LAST_PORT = 32_000;
const GIVEN_PORTS = new Set<number>();

/** Finds a port on which nobody listens, another one each time. */
export function freePort(): number {
  for (;;) {
    const port = FIRST_PORT + Math.floor(Math.random() * (LAST_PORT - FIRST_PORT));
    if (GIVEN_PORTS.has(port)) continue;
    try {
      Deno.listen({ port, hostname: "0.0.0.0" }).close();
      GIVEN_PORTS.add(port);
      return port;
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    }
  }
}
