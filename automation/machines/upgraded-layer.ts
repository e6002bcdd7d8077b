import type { OutputMap } from "@pulumi/pulumi/automation";
import type { Document } from "yaml";
import { fieldsOf } from "../../components/core/fields";
import { NAMESPACE } from "../../components/core/layers";
import type { Problem } from "../../components/core/problem";
import { KubernetesVersion } from "../../components/core/version";
import { type GivenImage, poolImage, unusedImages } from "./pool-image";

/** Versions that run, by what a stack publishes. */
export interface Running {
  readonly servers: string;
  /** Of the nodes that are farthest behind. */
  readonly nodes: string;
}

/** What differs between layers in an upgrade of Kubernetes: what is published, and what is written into the stack file. */
export interface UpgradedLayer {
  /** Undefined where nothing is deployed. */
  readonly running: (outputs: OutputMap) => Running | undefined;
  /** What is wrong with going to these versions from the settings in the file. */
  readonly problems: (document: Document, versions: readonly string[]) => Problem[];
  /** Edits the values that say the version; comments and all else stay as they are. */
  readonly write: (document: Document, version: string) => void;
}

/** Machines of the base layer: kubelets follow in a deployment of their own, which publishes their version. */
export const baseUpgrade: UpgradedLayer = {
  running: ({ kubernetesVersion, kubeletVersion }) => {
    const servers = text(kubernetesVersion?.value);
    return servers === undefined ? undefined : { servers, nodes: text(kubeletVersion?.value) ?? servers };
  },
  problems: () => [],
  write: (document, version) => document.setIn(["config", `${NAMESPACE}:base`, "kubernetesVersion"], version),
};

/**
 * A tenant's cluster: one deployment brings its control plane to a version, then its pools, whose machines run what is in
 * their image.
 *
 * @param images for the pools, by version.
 */
export function tenantUpgrade(images: readonly GivenImage[]): UpgradedLayer {
  const root = ["config", `${NAMESPACE}:tenant`];
  return {
    running: ({ kubernetesVersion, nodeVersions }) => {
      const servers = text(kubernetesVersion?.value);
      if (servers === undefined) return undefined;
      const minor = (version: string) => KubernetesVersion.parse(version).minor;
      // machines may be of another patch than their control plane as long as nobody upgrades them
      const behind = Object.values(fieldsOf(nodeVersions?.value))
        .filter((node): node is string => text(node) !== undefined && minor(String(node)) < minor(servers))
        .sort((one, other) => minor(one) - minor(other));
      return { servers, nodes: behind[0] ?? servers };
    },
    problems: (document, versions) => {
      const pools = imagesOf(document, root);
      // each step starts from the images of the one before
      const { problems } = versions.reduce<{ readonly now: Record<string, string>; readonly problems: Problem[] }>(
        ({ now, problems: found }, version) => {
          const next = Object.entries(now).map(([pool, image]) => ({
            pool,
            image: poolImage(pool, image, version, images),
          }));
          return {
            now: Object.fromEntries(
              next.map(({ pool, image }) => [pool, typeof image === "string" ? image : (now[pool] ?? "")]),
            ),
            problems: [...found, ...next.flatMap(({ image }) => (typeof image === "string" ? [] : [image]))],
          };
        },
        { now: pools, problems: [] },
      );
      return [...problems, ...unusedImages(images, pools)];
    },
    write: (document, version) => {
      document.setIn([...root, "kubernetesVersion"], version);
      for (const pool of Object.keys(imagesOf(document, root))) {
        // read again: where one pool's image is an alias of another's, it has changed with that
        const image = imagesOf(document, root)[pool] ?? "";
        const next = poolImage(pool, image, version, images);
        if (typeof next === "string" && next !== image) document.setIn([...root, "nodePools", pool, "image"], next);
      }
    },
  };
}

function imagesOf(document: Document, root: readonly string[]): Record<string, string> {
  const config = root.reduce<unknown>((value, key) => fieldsOf(value)[key], document.toJS({ maxAliasCount: -1 }));
  const pools = Object.entries(fieldsOf(fieldsOf(config)["nodePools"]));
  return Object.fromEntries(
    pools.flatMap(([pool, settings]) => {
      const image = fieldsOf(settings)["image"];
      return typeof image === "string" ? [[pool, image]] : [];
    }),
  );
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && /^v1\./.test(value) ? value : undefined;
}
