import { z } from "zod";
import { text } from "./text";

/** What the schema of KubeadmConfigTemplate takes. */
const LONGEST = 10_240;

const command = text.min(1, "must be a command").max(LONGEST, `must be at most ${LONGEST} characters`);

const file = z
  .strictObject({
    path: text
      .regex(/^(\/[A-Za-z0-9._@+-]+)+$/, "must be an absolute path")
      .describe("Where it is, e.g. /etc/sysctl.d/90-app.conf."),
    content: text
      .min(1, "must not be empty")
      .max(LONGEST, `must be at most ${LONGEST} characters`)
      .describe("What is in it. Everybody who may read the tenant's namespace can read it: no secrets."),
    permissions: text
      .regex(/^0[0-7]{3}$/, 'must be like "0644"')
      .default("0644")
      .describe("Permissions, as text."),
    owner: text
      .regex(/^[a-z_][a-z0-9_-]*(:[a-z_][a-z0-9_-]*)?$/, "must be a user, or user:group")
      .default("root:root")
      .describe("User and group."),
  })
  .meta({ title: "File", description: "A file on machines." });

/** What cloud-init does on a machine beside joining it. */
export const cloudInit = z
  .strictObject({
    files: z.array(file).default([]).describe("Files that are written before the machine joins."),
    preKubeadmCommands: z.array(command).default([]).describe("Commands of a shell before the machine joins."),
    postKubeadmCommands: z.array(command).default([]).describe("Commands of a shell after it has joined."),
  })
  .meta({ title: "Cloud init" })
  .prefault({})
  .describe("What cloud-init does beside joining the machine, for what no setting says. A change makes new machines.");

/** Who may log in to machines. */
export const ssh = z
  .strictObject({
    user: text
      .regex(/^[a-z_][a-z0-9_-]{0,31}$/, "must be the name of a user")
      .describe("User that is made, with sudo."),
    keys: z
      .array(
        text
          .max(2048, "must be at most 2048 characters")
          .regex(
            /^(ssh-ed25519|ssh-rsa|ecdsa-sha2-\S+|sk-\S+) [A-Za-z0-9+/]+=*( .*)?$/,
            "must be a public key as in authorized_keys",
          ),
      )
      .min(1, "must hold a key")
      .describe("Public keys, as in authorized_keys."),
  })
  .meta({ title: "Ssh access" })
  .describe("Who may log in to its machines. Nobody, when it is left out. A change makes new machines.");
