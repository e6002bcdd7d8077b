import { createHash } from "node:crypto";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { clientOf } from "../kubernetes/kubeconfig";
import { objectResource } from "../kubernetes/object-resource";
import {
  accessObjects,
  KUBECONFIG_KEY,
  kubeconfigMetadata,
  serviceKubeconfig,
  type TenantAccess,
} from "./tenant-access";

export interface AccessParts {
  /** Prefix of the resources' names. */
  readonly name: string;
  readonly tenant: string;
  /** host:port at which pods of the tenant's namespace reach its API. */
  readonly api: string;
  /** Administrator's kubeconfig of the tenant; secret. Only its certificate authority is used. */
  readonly kubeconfig: pulumi.Output<string>;
  /** Options of objects in the tenant's API, and of those in its namespace of the management cluster. */
  readonly inside: pulumi.CustomResourceOptions;
  readonly outside: pulumi.CustomResourceOptions;
}

export interface GrantedAccess {
  /** What has to be there before pods use the access. */
  readonly resources: pulumi.Resource[];
  /** Changes with the kubeconfig; not secret. */
  readonly hash: pulumi.Output<string>;
}

/** Makes an account in the tenant and writes its kubeconfig where the add-on's pods find it. */
export function grantAccess(
  access: TenantAccess,
  { name, tenant, api, kubeconfig, ...parts }: AccessParts,
): GrantedAccess {
  const { account, token } = accessObjects(access);
  const named = (part: string) => `${name}-${access.name}-access-${part}`;
  const rights = account.map(({ part, object }) => objectResource(named(part), object, parts.inside));
  // the provider waits until the controller manager of the tenant has put a token into it
  const issued = new k8s.core.v1.Secret(named("token"), token as never, {
    ...parts.inside,
    dependsOn: rights,
    additionalSecretOutputs: ["data"],
  });
  const text = pulumi.all([kubeconfig, issued.data]).apply(([admin, data]) =>
    serviceKubeconfig(
      { tenant, api },
      {
        name: access.name,
        caCertificate: clientOf(admin).caCertificate,
        token: tokenIn(data, token.metadata.name),
      },
    ),
  );
  const base64 = text.apply((given) => Buffer.from(given).toString("base64"));
  const secret = new k8s.core.v1.Secret(
    `${name}-${access.name}-kubeconfig`,
    {
      metadata: kubeconfigMetadata(tenant, access) as never,
      type: "Opaque",
      data: pulumi.secret(base64.apply((value) => ({ [KUBECONFIG_KEY]: value }))),
    },
    parts.outside,
  );
  const hash = text.apply((given) => createHash("sha256").update(given).digest("hex").slice(0, 16));
  return { resources: [...rights, secret], hash: pulumi.unsecret(hash) };
}

function tokenIn(data: Readonly<Record<string, string>> | undefined, secret: string): string {
  const token = data?.["token"];
  if (token === undefined) {
    throw new Error(
      `Secret kube-system/${secret} of the tenant: no token — its controller manager writes it; check that it runs`,
    );
  }
  return Buffer.from(token, "base64").toString("utf8");
}
