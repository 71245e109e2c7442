import type { OutlinedOption, OutlinedVerb, ProgramOutline, Wanted } from "./program-outline.ts";

/** The completion for zsh, to be sourced or to be a file in its function path. */
export const zshScript = ({ name, verbs }: ProgramOutline): string => `\
#compdef ${name}
# Completion of ${name} for zsh. To have it in every shell, add to ~/.zshrc, after compinit:
#   source <(${name} completion zsh)
_${name}() {
  local -a verbs
  verbs=(
${described(verbs, "    ")}
  )
  if ((CURRENT == 2)); then
    _describe verb verbs
    return
  fi
  local verb=$words[2]
  shift words
  ((CURRENT--))
  case $verb in
${verbs.map((verb) => verbCase(verb, "    ")).join("\n")}
  esac
}
if [[ $funcstack[1] == _${name} ]]; then _${name} "$@"; else compdef _${name} ${name}; fi
`;

const described = (verbs: readonly OutlinedVerb[], indent: string): string =>
  verbs.map((verb) => indent + quoted(`${verb.name}:${verb.summary}`)).join("\n");

const verbCase = (verb: OutlinedVerb, indent: string): string => {
  const body =
    verb.verbs.length === 0 ? [indent + ownWords(verb, indent)] : verbsBelow(verb, indent);
  return [`${indent}${verb.name})`, ...body, `${indent}  ;;`].join("\n");
};

const ownWords = ({ options, arguments: wanted }: OutlinedVerb, indent: string): string => {
  const specifications = [
    ...options.flatMap(optionSpecifications),
    ...wanted.map((argument, index) => quoted(`${index + 1}:${argument.name}:${action(argument)}`)),
  ];
  const lines = specifications.map((specification) => ` \\\n${indent}    ${specification}`);
  return `  _arguments -S${lines.join("")}`;
};

/** As for the verbs of the program: the word that was the verb is shifted away. */
const verbsBelow = (verb: OutlinedVerb, indent: string): string[] => [
  `${indent}  if ((CURRENT == 2)); then`,
  `${indent}    verbs=(`,
  described(verb.verbs, `${indent}      `),
  `${indent}    )`,
  `${indent}    _describe verb verbs`,
  `${indent}  ${ownWords(verb, `${indent}  `)}`,
  `${indent}    return`,
  `${indent}  fi`,
  `${indent}  verb=$words[2]`,
  `${indent}  shift words`,
  `${indent}  ((CURRENT--))`,
  `${indent}  case $verb in`,
  ...verb.verbs.map((below) => verbCase(below, `${indent}    `)),
  `${indent}  esac`,
];

const optionSpecifications = ({ names, description, wanted }: OutlinedOption): string[] => {
  const value = wanted === undefined ? "" : `:${wanted.name}:${action(wanted)}`;
  const told = description.replaceAll(/[[\]\\]/g, String.raw`\$&`);
  return names.map((name) => quoted(`${name}[${told}]${value}`));
};

const action = (wanted: Wanted): string => {
  switch (wanted.kind) {
    case "directory":
      return "_files -/";
    case "file":
      return "_files";
    case "choice":
      return `(${wanted.choices.join(" ")})`;
    case "value":
      return " ";
  }
};

const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;
