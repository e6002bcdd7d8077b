import * as fs from "node:fs/promises";
import * as path from "node:path";
import { refuse } from "../../../components/core/problem";
import type { BuildPlan } from "./go-build";

/** Compiling needs room for the packages of a tool too, which is more than the tool. */
const ROOM_PER_SIZE = 4;

/** Twenty minutes of building that end with a full disk are worse than a refusal at once. */
export async function refuseFullDisk(plans: readonly BuildPlan[], cache: string): Promise<void> {
  const needed = plans.reduce((sum, { build }) => sum + build.megabytes * ROOM_PER_SIZE, 0);
  const free = await freeMegabytes(cache);
  if (free >= needed) return;
  refuse("this machine", [
    {
      where: cache,
      given: `${Math.floor(free)} MB free`,
      rule: `building ${plans.map(({ name }) => name).join(", ")} needs about ${needed} MB`,
      fix: "free some space, or set FIRMAMENT_CACHE to a folder on a larger disk",
    },
  ]);
}

async function freeMegabytes(directory: string): Promise<number> {
  try {
    const { bavail, bsize } = await fs.statfs(directory);
    return (bavail * bsize) / 1e6;
  } catch (error) {
    // it will be created below the next folder that is there
    const parent = path.dirname(directory);
    if ((error as NodeJS.ErrnoException).code !== "ENOENT" || parent === directory) throw error;
    return freeMegabytes(parent);
  }
}
