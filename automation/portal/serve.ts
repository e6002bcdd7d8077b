import { InvalidInput } from "../../components/core/problem";
import { Fleet, type FleetOptions } from "../fleet/fleet";
import { FleetCloud } from "./fleet-cloud";
import { portal, type PortalOptions } from "./server";
import type { PortalSettings } from "./settings";

/** Where a portal listens unless somebody says otherwise: only this machine reaches it. */
export const LISTEN = "127.0.0.1:8080";

/** A portal that answers. */
export interface Served {
  /** Of its page. */
  readonly url: string;
  /** Ends it; jobs at work end in an orderly way, and are gone on with the next time. */
  readonly close: () => Promise<void>;
}

/**
 * Starts a portal.
 *
 * @param listen host:port; port 0 is one that is free.
 * @throws InvalidInput for what is no such text.
 */
export async function serve(options: PortalOptions, listen = LISTEN): Promise<Served> {
  const match = /^(?:\[([0-9a-f:.]+)\]|([\w.-]+)):(\d{1,5})$/i.exec(listen);
  const [host, port] = [match?.[1] ?? match?.[2], Number(match?.[3])];
  if (host === undefined || port > 65_535) {
    const problem = { where: "--listen", given: listen, rule: "must be host:port", fix: `give for example ${LISTEN}` };
    throw new InvalidInput("the portal", [problem]);
  }
  const app = await portal(options);
  const address = await app.listen({ host, port });
  return { url: options.settings.url ?? address, close: () => app.close() };
}

/** The cloud of settings: that of a project, with an engine as they say. */
export function cloudOf({ project, cloud, offers, engine }: PortalSettings): FleetCloud {
  const { helm, charts, ...own } = engine;
  const render = { ...(helm === undefined ? {} : { helm }), ...(charts === undefined ? {} : { charts }) };
  const options: FleetOptions = {
    project,
    policies: { render },
    ...(own.backend === undefined ? {} : { backend: own.backend }),
    ...(own.passphraseFile === undefined ? {} : { passphraseFile: own.passphraseFile }),
    ...(own.secretsProvider === undefined ? {} : { secretsProvider: own.secretsProvider }),
    ...(own.pulumiRoot === undefined ? {} : { pulumiRoot: own.pulumiRoot }),
  };
  return new FleetCloud({ fleet: new Fleet(options), project, cloud, offers });
}

/** Until the process shall end. A second signal ends it at once. */
export function untilTold(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
  });
}
