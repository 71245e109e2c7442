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
${verbs.map(verbCase).join("\n")}
  esac
}
complete -F _${name} ${name}
`;

const verbCase = ({ name, options, arguments: [first] }: OutlinedVerb): string => {
  const withValues = options.flatMap(({ names, wanted }) =>
    wanted === undefined ? [] : [`        ${names.join(" | ")}) ${reply(wanted)}; return ;;`],
  );
  const previous =
    withValues.length === 0 ? [] : [`      case "$previous" in`, ...withValues, "      esac"];
  const flags = words(options.flatMap(({ names }) => names));
  // Options where one is begun, or where nothing else can be told.
  const rest =
    first === undefined || first.kind === "value"
      ? [`      ${flags}`]
      : [`      if [[ $word == -* ]]; then ${flags}; else ${reply(first)}; fi`];
  return [`    ${name})`, ...previous, ...rest, "      ;;"].join("\n");
};

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
