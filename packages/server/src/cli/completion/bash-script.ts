import type { OutlinedVerb, ProgramOutline, Wanted } from "./program-outline.ts";

/** The completion for bash, from 3.2 on, which macOS has. */
export const bashScript = ({ name, verbs }: ProgramOutline): string => `\
# Completion of ${name} for bash. To have it in every shell, add to ~/.bashrc:
#   source <(${name} completion bash)
_${name}() {
  local word="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" IFS=$'\\n'
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    ${words(verbs.map((verb) => verb.name))}
    return
  fi
  case "\${COMP_WORDS[1]}" in
${verbs.map((verb) => indented(verbCase(verb, 1), 4)).join("\n")}
  esac
}
complete -F _${name} ${name}
`;

/** What follows a verb, which is the word at `place`. */
const verbCase = (verb: OutlinedVerb, place: number): string[] => [
  `${verb.name})`,
  ...(verb.verbs.length === 0 ? ownWords(verb) : verbsBelow(verb, place + 1)),
  "  ;;",
];

const ownWords = ({ options, arguments: [first] }: OutlinedVerb): string[] => {
  const withValues = options.flatMap(({ names, wanted }) =>
    wanted === undefined ? [] : [`    ${names.join(" | ")}) ${reply(wanted)}; return ;;`],
  );
  const previous =
    withValues.length === 0 ? [] : [`  case "$previous" in`, ...withValues, "  esac"];
  const flags = flagsOf(options);
  // Options where one is begun, or where nothing else can be told.
  const rest =
    first === undefined || first.kind === "value"
      ? `  ${flags}`
      : `  if [[ $word == -* ]]; then ${flags}; else ${reply(first)}; fi`;
  return [...previous, rest];
};

const verbsBelow = ({ options, verbs }: OutlinedVerb, place: number): string[] => [
  `  if ((COMP_CWORD == ${place})); then`,
  `    if [[ $word == -* ]]; then ${flagsOf(options)}; else ${words(verbs.map(({ name }) => name))}; fi`,
  "    return",
  "  fi",
  `  case "\${COMP_WORDS[${place}]}" in`,
  ...verbs.flatMap((verb) => verbCase(verb, place).map((line) => `    ${line}`)),
  "  esac",
];

const flagsOf = (options: OutlinedVerb["options"]): string =>
  words(options.flatMap(({ names }) => names));

const indented = (lines: readonly string[], columns: number): string =>
  lines.map((line) => " ".repeat(columns) + line).join("\n");

const reply = (wanted: Wanted): string => {
  switch (wanted.kind) {
    case "directory":
      return `compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -d -- "$word"))`;
    case "file":
      return `compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- "$word"))`;
    case "choice":
      return words(wanted.choices);
    case "value":
      return ":";
  }
};

// One word a line: spaces do not part them.
const words = (candidates: readonly string[]): string =>
  `COMPREPLY=($(compgen -W $'${candidates.join("\\n")}' -- "$word"))`;
