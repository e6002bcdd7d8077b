import { createHash } from "node:crypto";

/** What a schematic of the image factory is made of. */
export interface Schematic {
  readonly extensions?: readonly string[];
  readonly kernelArguments?: readonly string[];
  readonly bootloader?: "sd-boot" | "grub" | "dual-boot";
}

/**
 * The schematic as the image factory writes it (image-factory 1.3.3): YAML with fields in its order, four spaces of
 * indentation, empty ones left out. Extensions stand as given: their order changes the id, and nothing else.
 */
export function schematicText({ extensions = [], kernelArguments = [], bootloader }: Schematic): string {
  const lines = [
    ...list("    ", "extraKernelArgs", kernelArguments),
    ...(extensions.length === 0
      ? []
      : ["    systemExtensions:", ...list("        ", "officialExtensions", extensions)]),
    ...(bootloader === undefined ? [] : [`    bootloader: ${bootloader}`]),
  ];
  return lines.length === 0 ? "customization: {}\n" : ["customization:", ...lines, ""].join("\n");
}

/** Id of the schematic, 64 hexadecimal digits: the hash of its text. */
export function schematicId(schematic: Schematic): string {
  return createHash("sha256").update(schematicText(schematic)).digest("hex");
}

function list(indentation: string, key: string, values: readonly string[]): string[] {
  if (values.length === 0) return [];
  return [`${indentation}${key}:`, ...values.map((value) => `${indentation}    - ${scalar(value)}`)];
}

/** Words that the factory's writer of YAML would read as something else than text (YAML 1.1 and 1.2). */
const WORDS = /^(y|yes|n|no|on|off|true|false|null)$/i;

/** A text as the factory's writer of YAML puts it; those of extensions and kernel arguments need no more. */
function scalar(text: string): string {
  if (WORDS.test(text)) return `"${text}"`;
  return text.endsWith(":") ? `'${text}'` : text;
}
