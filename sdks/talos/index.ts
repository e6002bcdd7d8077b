import * as pulumi from "@pulumi/pulumi";
import * as client from "./client";
import * as cluster from "./cluster";
import * as config from "./config";
import * as imagefactory from "./imagefactory";
import * as machine from "./machine";
import { Provider } from "./provider";
import * as types from "./types";
import * as utilities from "./utilities";

export { Provider, type ProviderArgs } from "./provider";
export { client, cluster, config, imagefactory, machine, types };

pulumi.runtime.registerResourcePackage("talos", {
  version: utilities.getVersion(),
  constructProvider: (name: string, type: string, urn: string): pulumi.ProviderResource => {
    if (type !== "pulumi:providers:talos") {
      throw new Error(`package talos: provider type ${type} — is not one of its own; use pulumi:providers:talos`);
    }
    return new Provider(name, undefined, { urn });
  },
});
