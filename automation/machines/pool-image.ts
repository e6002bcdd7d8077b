import type { Problem } from "../../components/core/problem";
import { versionOfImage } from "../../components/tenant/node-image";

/** An image that pools may go to: `[<pool>=]<image>`, in which `{version}` stands for the version of each step. */
export interface GivenImage {
  /** As it was given, for messages. */
  readonly given: string;
  /** The only pool that it is for. Default: every pool whose image is of the same repository. */
  readonly pool?: string;
  readonly image: string;
}

/** What `--image` was given: a repository has no `=` in it. */
export function givenImage(given: string): GivenImage {
  const [, pool, image] = /^([-a-z0-9]+)=(.+)$/.exec(given) ?? [];
  return pool === undefined || image === undefined ? { given, image: given } : { given, pool, image };
}

/**
 * The image of a pool at a version: one that was given for the pool or for its repository, else its own with the version
 * in the tag replaced, which no digest may pin.
 */
export function poolImage(
  pool: string,
  current: string,
  version: string,
  images: readonly GivenImage[],
): string | Problem {
  const fitting = images
    .map((each) => ({ ...each, image: each.image.replaceAll("{version}", version) }))
    .filter(({ image }) => String(versionOfImage(image)) === version);
  const own = fitting.find((each) => each.pool === pool);
  const same = fitting.find((each) => each.pool === undefined && repository(each.image) === repository(current));
  const chosen = own ?? same;
  if (chosen !== undefined) return chosen.image;
  const running = versionOfImage(current);
  if (String(running) === version) return current;
  const where = `tenant.nodePools.${pool}.image`;
  const fix = `give --image ${repository(current)}:${version}${current.includes("@") ? "@sha256:…" : ""}, or ${pool}=<image>`;
  if (running === undefined) {
    return { where, given: current, rule: `its tag must say which version it holds, to come to ${version}`, fix };
  }
  if (current.includes("@")) {
    return { where, given: current, rule: `is pinned by its digest; that of ${version} is not known`, fix };
  }
  return current.replace(`:${running}`, () => `:${version}`);
}

/** Images that no pool can go to: of another repository, or for a pool that there is not. */
export function unusedImages(images: readonly GivenImage[], pools: Readonly<Record<string, string>>): Problem[] {
  const repositories = new Set(Object.values(pools).map(repository));
  return images.flatMap(({ given, pool, image }) => {
    const version = image.includes("{version}") ? "" : String(versionOfImage(image) ?? "none");
    if (version === "none") {
      const rule = "its tag must name a version like v1.35.4, or be {version}";
      return [{ where: "--image", given, rule, fix: "correct it" }];
    }
    if (pool === undefined ? repositories.has(repository(image)) : pool in pools) return [];
    const rule = pool === undefined ? "must be of the repository of a pool's image" : `there is no pool ${pool}`;
    return [{ where: "--image", given, rule, fix: "correct it, or write <pool>=<image>" }];
  });
}

/** Without tag and digest: registry.example:5000/node. */
function repository(image: string): string {
  const [name = ""] = image.split("@");
  return name.replace(/:[^:/]*$/, "");
}
