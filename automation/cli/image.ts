import { InvalidInput } from "../../components/core/problem";
import { imagesOf, type MachineImage } from "../../components/talos/image/classes";
import { schematicText } from "../../components/talos/image/schematic";
import { type FactoryChoice, imageUrls, schematicOf } from "../../components/talos/image/urls";
import { type BaseSettings, machinesOf } from "../../components/talos/settings";
import { readBaseSettings } from "../boot/cloud";
import { register } from "../boot/register";

export interface ImageChoice {
  /** Directory of Pulumi.yaml. */
  readonly root: string;
  /** Whether the schematics are sent to their factories. */
  readonly register?: true;
  /** One JSON document instead of text. */
  readonly json?: true;
}

/**
 * What the image factory has for the machines of a cloud, as text for a terminal.
 *
 * @throws InvalidInput when the settings are wrong or name no factory, or the factory refuses a schematic.
 */
export async function imageReport(cloud: string, choice: ImageChoice, send: typeof fetch = fetch): Promise<string> {
  const settings = readBaseSettings(choice.root, cloud);
  const images = imagesOf(settings).flatMap((image) =>
    image.choice === undefined ? [] : [{ ...image, choice: image.choice }],
  );
  if (images.length === 0) {
    throw new InvalidInput("image", [
      {
        where: `base.${cloud}: base.talos`,
        given: "installer",
        rule: "only images that settings describe have a schematic here",
        fix: "give base.talos.image in place of installer and extensions",
      },
    ]);
  }
  const reports: (string | object)[] = [];
  for (const image of images) {
    if (choice.register === true) await register(image.choice, send);
    reports.push(choice.json === true ? facts(settings, image) : report(settings, image, choice.register === true));
  }
  return choice.json === true ? JSON.stringify(reports, undefined, 2) : reports.join("\n\n");
}

type FactoryImage = MachineImage & { readonly choice: FactoryChoice };

function machinesWith(settings: BaseSettings, { name }: FactoryImage): string[] {
  return machinesOf(settings).flatMap((machine) => ((machine.image ?? "default") === name ? [machine.name] : []));
}

function facts(settings: BaseSettings, image: FactoryImage): object {
  const { name, choice } = image;
  const { factory, version, architecture, secureBoot } = choice;
  const machines = machinesWith(settings, image);
  return {
    name,
    factory,
    version,
    architecture,
    secureBoot,
    machines,
    ...imageUrls(choice),
    schematic: schematicOf(choice),
  };
}

function report(settings: BaseSettings, image: FactoryImage, known: boolean): string {
  const { name, choice } = image;
  const { factory, version, architecture, secureBoot } = choice;
  const machines = machinesWith(settings, image);
  const urls = Object.entries(imageUrls(choice));
  const width = Math.max(...urls.map(([key]) => key.length));
  return [
    `${name}: Talos ${version}, ${architecture}${secureBoot ? ", Secure Boot" : ""}`,
    `  machines: ${machines.join(", ") || "none"}`,
    ...urls.map(([key, value]) => `  ${key.padEnd(width)}  ${value}`),
    known ? `  known to ${factory}, schematic:` : `  schematic, which --register makes known to ${factory}:`,
    ...schematicText(schematicOf(choice))
      .trimEnd()
      .split("\n")
      .map((line) => `    ${line}`),
  ].join("\n");
}
