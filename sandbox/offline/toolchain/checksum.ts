import * as path from "node:path";

interface Asset {
  readonly name?: string;
  readonly digest?: string | null;
}

/**
 * The SHA-256 of a file in what upstream publishes: lines of `sha256sum` (with or without paths and binary marks),
 * one bare sum, or a GitHub release with a digest per asset.
 */
export function checksumOf(text: string, file: string): string | undefined {
  if (text.trimStart().startsWith("{")) {
    const digest = assetsIn(text).find((asset) => asset.name === file)?.digest ?? "";
    return /^sha256:([0-9a-f]{64})$/.exec(digest)?.[1];
  }
  const lines = text.split("\n").map((line) => line.trim().split(/\s+/));
  const named = lines.find(([, name]) => name !== undefined && path.posix.basename(name.replace(/^\*/, "")) === file);
  const bare = lines.length > 0 && lines.every((words) => words.length === 1) ? lines[0] : undefined;
  const sum = (named ?? bare)?.[0]?.toLowerCase() ?? "";
  return /^[0-9a-f]{64}$/.test(sum) ? sum : undefined;
}

function assetsIn(text: string): readonly Asset[] {
  try {
    const { assets } = JSON.parse(text) as { assets?: unknown };
    return Array.isArray(assets) ? (assets as Asset[]) : [];
  } catch {
    // the login page of a network, for instance
    return [];
  }
}
