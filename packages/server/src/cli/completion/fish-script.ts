import type { OutlinedOption, OutlinedVerb, ProgramOutline, Wanted } from "./program-outline.ts";

/** The completion for fish. */
export const fishScript = ({ name, verbs }: ProgramOutline): string => `\
# Completion of ${name} for fish. To have it in every shell:
#   ${name} completion fish > ~/.config/fish/completions/${name}.fish
complete -c ${name} -f
${verbs.flatMap((verb) => topVerbLines(name, verb, verbs)).join("\n")}
`;

const seen = "__fish_seen_subcommand_from";

const topVerbLines = (
  program: string,
  verb: OutlinedVerb,
  all: readonly OutlinedVerb[],
): string[] => {
  // A verb may have the name of one below another, as `list` and `token list`.
  const others = all.filter(({ verbs }) => verbs.some(({ name }) => name === verb.name));
  const isHere = [`${seen} ${verb.name}`, ...others.map(({ name }) => `not ${seen} ${name}`)].join(
    "; and ",
  );
  const below = verb.verbs.map(({ name }) => name).join(" ");
  return [
    verbLine(program, "__fish_use_subcommand", verb),
    ...verb.verbs.flatMap((one) => [
      verbLine(program, `${isHere}; and not ${seen} ${below}`, one),
      ...wordLines(program, `${isHere}; and ${seen} ${one.name}`, one),
    ]),
    ...wordLines(program, below === "" ? isHere : `${isHere}; and not ${seen} ${below}`, verb),
  ];
};

const verbLine = (program: string, condition: string, { name, summary }: OutlinedVerb): string =>
  `complete -c ${program} -n '${condition}' -a ${name} -d ${quoted(summary)}`;

const wordLines = (
  program: string,
  condition: string,
  { options, arguments: [first] }: OutlinedVerb,
): string[] => {
  const within = `complete -c ${program} -n '${condition}'`;
  const argument = first === undefined ? "" : candidates(first);
  return [
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
