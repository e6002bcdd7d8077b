import * as pulumi from "@pulumi/pulumi";
import { talosApi } from "../machine-probe";
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
