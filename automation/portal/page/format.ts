const UNITS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"] as const;

/** 8589934592 → 8 GiB */
export function bytes(count: number): string {
  let [value, unit] = [count, 0];
  while (value >= 1024 && unit < UNITS.length - 1) [value, unit] = [value / 1024, unit + 1];
  return `${Number(value.toFixed(1))} ${UNITS[unit] ?? ""}`;
}

/** 8Gi → 8 GiB, as quantities are written for people. */
export function quantityText(quantity: string): string {
  const [, number = "", unit] = /^([\d.]+)([KMGTP]i?)$/.exec(quantity) ?? [];
  return unit === undefined ? quantity : `${number} ${unit}B`;
}

export function cores(count: number): string {
  return `${Number(count.toFixed(1))} ${count === 1 ? "core" : "cores"}`;
}

export function amount(kind: "cpu" | "memory" | "storage", value: number): string {
  return kind === "cpu" ? cores(value) : bytes(value);
}

export function money(value: number, currency: string): string {
  return new Intl.NumberFormat("en", { style: "currency", currency }).format(value);
}

export function time(text: string): string {
  return new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "medium" }).format(new Date(text));
}

export function clock(text: string): string {
  return new Intl.DateTimeFormat("en-GB", { timeStyle: "medium" }).format(new Date(text));
}
