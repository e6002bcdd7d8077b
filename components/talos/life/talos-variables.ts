import { isIPv6 } from "node:net";
import * as pulumi from "@pulumi/pulumi";
import type { Machine } from "../settings";
import type { MACHINE_VARIABLES } from "./machine-api";

/** The administrator's access to the machines, clientConfiguration of their secrets; base64 of PEM. */
export interface TalosClient {
  readonly caCertificate: string;
  readonly clientCertificate: string;
  readonly clientKey: string;
}

/** The environment of a program that asks a machine, as machineApi takes it. */
export function talosVariables(
  machine: Pick<Machine, "name" | "address"> & { readonly endpoint?: string | undefined },
  client: pulumi.Input<TalosClient>,
): Record<(typeof MACHINE_VARIABLES)[number], pulumi.Input<string>> {
  const access = pulumi.output(client);
  return {
    MACHINE: machine.name,
    ...talosApi(machine),
    // a certificate is public, but it comes with the administrator's key
    TALOS_CA: pulumi.unsecret(access.caCertificate),
    TALOS_CERT: access.clientCertificate,
    TALOS_KEY: pulumi.secret(access.clientKey),
  };
}

/** Where the Talos API of a machine is reached, as programs of commands take it. */
export function talosApi({
  endpoint,
  address,
}: Pick<Machine, "address"> & { readonly endpoint?: string | undefined }): { TALOS_HOST: string; TALOS_PORT: string } {
  const given = endpoint ?? address;
  if (isIPv6(given)) return { TALOS_HOST: given, TALOS_PORT: DEFAULT_PORT };
  const { hostname, port } = new URL(`tcp://${given}`);
  return { TALOS_HOST: hostname.replace(/^\[|\]$/g, ""), TALOS_PORT: port === "" ? DEFAULT_PORT : port };
}

const DEFAULT_PORT = "50000";
