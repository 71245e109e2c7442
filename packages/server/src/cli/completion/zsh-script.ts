import type { OutlinedOption, OutlinedVerb, ProgramOutline, Wanted } from "./program-outline.ts";

/** The completion for zsh, to be sourced or to be a file in its function path. */
export const zshScript = ({ name, verbs }: ProgramOutline): string => `\
#compdef ${name}
# Completion of ${name} for zsh. To have it in every shell, add to ~/.zshrc, after compinit:
#   source <(${name} completion zsh)
_${name}() {
  local -a verbs
  verbs=(
${verbs.map((verb) => `    ${quoted(`${verb.name}:${verb.summary}`)}`).join("\n")}
  )
  if ((CURRENT == 2)); then
    _describe verb verbs
    return
  fi
  local verb=$words[2]
  shift words
  ((CURRENT--))
  case $verb in
${verbs.map(verbCase).join("\n")}
  esac
}
if [[ $funcstack[1] == _${name} ]]; then _${name} "$@"; else compdef _${name} ${name}; fi
`;

const verbCase = ({ name, options, arguments: wanted }: OutlinedVerb): string => {
  const specifications = [
    ...options.flatMap(optionSpecifications),
    ...wanted.map((argument, index) => quoted(`${index + 1}:${argument.name}:${action(argument)}`)),
  ];
  const lines = specifications.map((specification) => ` \\\n        ${specification}`).join("");
  return `    ${name})\n      _arguments -S${lines}\n      ;;`;
};

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
