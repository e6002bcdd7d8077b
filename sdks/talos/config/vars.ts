import * as pulumi from "@pulumi/pulumi";

/** Configuration of the default provider, as it stands under `talos:` in the stack file. Read when it is asked for. */
export declare const imageFactoryUrl: string | undefined;

declare const exports: object;
Object.defineProperty(exports, "imageFactoryUrl", {
  get: () => new pulumi.Config("talos").get("imageFactoryUrl"),
  enumerable: true,
});
