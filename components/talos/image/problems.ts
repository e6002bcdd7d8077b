import { weakens } from "../../core/kernel-protection";
import type { Problem } from "../../core/problem";
import type { Tier } from "../../core/schema";
import { extensionProblems } from "../extensions";
import type { BaseSettings } from "../settings";
import { DEFAULT_CLASS, imagesOf, type MachineImage, usedImages } from "./classes";

/** Images that are named twice or not at all, that no machine has, or that contradict themselves. */
export function imageProblems(base: BaseSettings): Problem[] {
  const unclear = unclearImage(base);
  if (unclear.length > 0) return unclear;
  return [
    ...classProblems(base),
    ...imagesOf(base).flatMap((image) => [
      ...repeated(image),
      ...argumentProblems(base.tier, image),
      ...bootProblems(image),
    ]),
    ...usedImages(base).flatMap((image) => sealProblems(base, image)),
    ...givenProblems(base),
  ];
}

function unclearImage({ talos: { installer, extensions, image, images } }: BaseSettings): Problem[] {
  const where = "base.talos";
  const given = Object.entries({ image, installer, extensions }).flatMap(([key, value]) =>
    value === undefined ? [] : [key],
  );
  const wanted = image === undefined ? "installer,extensions" : "image";
  if (given.join() !== wanted) {
    const rule = "the image of the machines must be given in one of two ways";
    const fix = "give image, and Firmament names the installer; or both installer and extensions of an image of yours";
    return [{ where, given: given.join(", ") || "no image", rule, fix }];
  }
  if (image !== undefined || Object.keys(images).length === 0) return [];
  const rule = "says how classes differ from base.talos.image, which is not there";
  return [
    { where: `${where}.images`, given: Object.keys(images).join(", "), rule, fix: "give image in place of installer" },
  ];
}

function classProblems({ talos: { images }, machines }: BaseSettings): Problem[] {
  const classes = Object.keys(images);
  const used = new Set(Object.values(machines).map(({ image }) => image));
  return [
    ...classes
      .filter((name) => name === DEFAULT_CLASS)
      .map((given) => ({
        where: "base.talos.images",
        given,
        rule: "is the name of base.talos.image itself",
        fix: "give the class another name",
      })),
    ...classes
      .filter((name) => name !== DEFAULT_CLASS && !used.has(name))
      .map((given) => ({
        where: "base.talos.images",
        given,
        rule: "must be the image of a machine",
        fix: `set base.machines.<name>.image to ${given}, or remove the class`,
      })),
    ...Object.entries(machines).flatMap(([machine, { image }]) =>
      image === undefined || classes.includes(image)
        ? []
        : [
            {
              where: `base.machines.${machine}.image`,
              given: image,
              rule: "must be a class of base.talos.images",
              fix: classes.length === 0 ? "remove it, or add the class there" : `choose one of ${classes.join(", ")}`,
            },
          ],
    ),
  ];
}

function repeated({ where, extensions, choice }: MachineImage): Problem[] {
  const of = choice === undefined ? "base.talos" : where;
  return Object.entries({ extensions, kernelArguments: choice?.kernelArguments ?? [] }).flatMap(([key, values]) =>
    [...new Set(values.filter((value, index) => values.indexOf(value) < index))].map((given) => ({
      where: `${of}.${key}`,
      given,
      rule: "must be there once",
      fix: "remove the other one",
    })),
  );
}

/** Kernel arguments that decide what settings decide, or with which Talos (1.13.0) does not start. */
const DECIDED: readonly (readonly [RegExp, rule: string])[] = [
  [/^-?talos\.platform(=|$)/, "machines are bare metal, which the image says already"],
  [/^-?talos\.config(\.[a-z]+)?(=|$)/, "the program configures the machines, which have to wait for it"],
  [/^-?initrd(=|$)/, "belongs to how a machine is booted, not to its image"],
  [
    /^(-?pti(=|$)(?!on$)|-?slab_nomerge(=|$)(?!$))|^-slab_nomerge$/,
    "Talos does not start without slab_nomerge and pti=on",
  ],
];

function argumentProblems(tier: Tier, { where, choice }: MachineImage): Problem[] {
  return (choice?.kernelArguments ?? []).flatMap((given) => {
    const weak = tier === "production" ? weakens(given) : undefined;
    const rules = DECIDED.filter(([form]) => form.test(given)).map(([, rule]) => rule);
    const harm = weak === undefined ? [] : [`${weak}, which no production cloud may have`];
    return [...rules, ...harm].map((rule) => ({ where: `${where}.kernelArguments`, given, rule, fix: "remove it" }));
  });
}

function bootProblems({ where, choice }: MachineImage): Problem[] {
  if (choice?.secureBoot !== true || choice.bootloader === undefined || choice.bootloader === "sd-boot") return [];
  const rule = "Secure Boot is systemd-boot's";
  return [
    { where: `${where}.bootloader`, given: choice.bootloader, rule, fix: "remove it, or set secureBoot to false" },
  ];
}

/** Installers of the image factory say in their name whether they are for Secure Boot. */
const UNSIGNED = /\/[a-z]+-installer\/[0-9a-f]{64}(?=[:@]|$)/;

/** A disk key that is sealed while Secure Boot is off is refused only by the machine, when it is installed (siderolabs/talos#8995). */
function sealProblems(
  { talos: { diskEncryption } }: BaseSettings,
  { where, installer, choice }: MachineImage,
): Problem[] {
  const unsigned = choice === undefined ? UNSIGNED.test(installer) : !choice.secureBoot;
  if (diskEncryption !== "tpm" || !unsigned) return [];
  return [
    {
      ...(choice === undefined ? { where, given: installer } : { where: `${where}.secureBoot`, given: "false" }),
      rule: "the TPM seals disk keys (base.talos.diskEncryption) with Secure Boot only",
      fix:
        choice === undefined
          ? "name the installer with -secureboot"
          : "set it to true, or encrypt disks by a key server",
    },
  ];
}

function givenProblems({ talos: { installer, extensions } }: BaseSettings): Problem[] {
  return installer === undefined || extensions === undefined ? [] : extensionProblems(installer, extensions);
}
