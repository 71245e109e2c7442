import type { OutlinedOption, OutlinedVerb, ProgramOutline, Wanted } from "./program-outline.ts";

/** The completion for fish. */
export const fishScript = ({ name, verbs }: ProgramOutline): string => `\
# Completion of ${name} for fish. To have it in every shell:
#   ${name} completion fish > ~/.config/fish/completions/${name}.fish
complete -c ${name} -f
${verbs.flatMap((verb) => verbLines(name, verb)).join("\n")}
`;

const verbLines = (
  program: string,
  { name, summary, options, arguments: [first] }: OutlinedVerb,
): string[] => {
  const within = `complete -c ${program} -n '__fish_seen_subcommand_from ${name}'`;
  const argument = first === undefined ? "" : candidates(first);
  return [
    `complete -c ${program} -n __fish_use_subcommand -a ${name} -d ${quoted(summary)}`,
    ...(argument === "" ? [] : [`${within}${argument}`]),
    ...options.map((option) => `${within}${flags(option)}`),
  ];
};

const flags = ({ names, description, wanted }: OutlinedOption): string => {
  const spelled = names.map((name) =>
    name.startsWith("--") ? ` -l ${name.slice(2)}` : ` -s ${name.slice(1)}`,
  );
  const value = wanted === undefined ? "" : ` -r${candidates(wanted)}`;
  return `${spelled.join("")}${value} -d ${quoted(description)}`;
};

const candidates = (wanted: Wanted): string => {
  switch (wanted.kind) {
    case "directory":
      return ` -a '(__fish_complete_directories)'`;
    case "file":
      return " -F";
    case "choice":
      return ` -a ${quoted(wanted.choices.join(" "))}`;
    case "value":
      return "";
  }
};

const quoted = (text: string): string =>
  `'${text.replaceAll("\\", "\\\\").replaceAll("'", String.raw`\'`)}'`;
