"""The writer's messages in English."""

ENGLISH = {
    # The session
    "welcome": "Soseol — write a story with a model ({model}, {address}). For help: ?",
    "story_new": "New story: {path}",
    "story_continued": "Continuing {path} ({count} sentences)",
    "earlier": "… {count} earlier sentences",
    "opening": "Write {count} sentences to open the story. You can paste them all at once.",
    "opening_fewer": "Fewer than {count} will do: press Enter on an empty line to begin.",
    "opening_prompt": "Opening {number}/{count}> ",
    "prompt": "Number or sentence> ",
    "edit_prompt": "Edit> ",
    "insert_prompt": "Insert> ",
    "edit_original": "To edit: {text}",
    "edit_which": "Add the number of the candidate to edit, for example: e 3",
    "fix_which": "Add the number of the sentence to edit, for example: f 12 (v shows the numbers)",
    "delete_which": (
        "Add the number of the sentence to delete, for example: x 12, x 12-14 (v shows the numbers)"
    ),
    "insert_where": (
        "Add the number of the sentence to insert after, for example: i 12, or i 0 for the very "
        "beginning (v shows the numbers)"
    ),
    "back_where": (
        "Add the number of the last sentence to keep, for example: g 12 (v shows the numbers)"
    ),
    "compare_which": (
        "Add the number of the branch to compare, for example: c 2, c 1 2 (b shows the numbers)"
    ),
    "export_which": (
        "Add the file format: w txt, w md, w epub, w docx (to show who wrote what: "
        "w epub provenance)"
    ),
    "asking": "Finding the next sentence… (Ctrl-C to cancel)",
    "retrying": "The model server ({address}) is not responding; retrying… (Ctrl-C to cancel)",
    "begun": "Candidates that finish the sentence you started. For candidates without it: ~",
    "cancelled": "Cancelled. The story is unchanged. To ask again: r",
    "nothing_typed": "Pick a number or write a sentence. To ask again: r; for help: ?",
    "nothing_changed": "Nothing changed.",
    "already_there": "You are already on that branch.",
    "how_to_quit": "To quit, type q and press Enter. The story is saved.",
    "saved": "Saved: {path} ({count} sentences)",
    "exported": "Exported: {path}",
    "goodbye": "Story saved: {path} ({count} sentences)",
    "goodbye_empty": "Nothing was written.",
    "interrupted": "Interrupted.",
    # What became of the story; - removed, + added
    "changed_write": "Added.",
    "changed_take": "Chosen.",
    "changed_edit": "Edited.",
    "changed_insert": "Inserted.",
    "changed_delete": "Deleted. To undo: u",
    "changed_back": "Went back. The sentences that followed are kept as a branch (to see it: b).",
    "changed_undo": "Undone. To redo: y",
    "changed_redo": "Redone.",
    "changed_switch": "Switched to that branch.",
    "changed_outside": "Changes made by another program have been loaded.",
    "more_changed": "… and {count} more sentences",
    "sentences_follow": "({count} more sentences follow)",
    # Branches, notes, the whole story
    "branch": "  {number}. {sentences} sentences, same up to sentence {common}: …{last}",
    "branch_here": (
        "▸ {number}. {sentences} sentences, current branch (at sentence {common}): …{last}"
    ),
    "branches_hint": "To switch: b and a number; to compare: c and a number",
    "here": "current",
    "branch_number": "{number}",
    "compared": "Left: {left}; right: {right}. The same up to sentence {common}.",
    "pinned": "Pinned: {text}",
    "pinned_nothing": "Nothing is pinned. To pin what the model should always know, p: text",
    "note": "Note {number} (at sentence {sentence}): {text}",
    "dial": "safe {scale} new ({value})",
    "dial_turning": "To change it, for example: t 2, t -1, t 0",
    "bars": "Bars, from left to right: {reasons}",
    "notes_none": "No notes. To write one that the model does not see, n: text",
    "story_legend": "{count} sentences. * by the model, + by the model and edited by the writer.",
    "help": (
        "1–9, 0           take the candidate with that number (0 is the tenth)\n"
        "e 3              edit candidate 3, then take it\n"
        "The lamp ~       let the model finish a sentence\n"
        "r, again         ask for other candidates\n"
        "d, differently   ask for candidates unlike all those shown so far\n"
        "u, undo          undo the last change\n"
        "y, redo          redo what was undone\n"
        "v, view          show the story with sentence numbers\n"
        "f 12, fix 12     edit sentence 12\n"
        "x 12, delete 12  delete sentence 12 (x 12-14)\n"
        "i 12, insert 12  insert a sentence after sentence 12\n"
        "g 12, back 12    go back and continue differently after sentence 12\n"
        "b, branches      list the branches; b 2 switches to branch 2\n"
        "c 2, compare 2   show the current branch and branch 2 side by side\n"
        "n: text          add a note that the model does not see; n lists notes, n -1 deletes one\n"
        "p: text          pin what the model should always know; p - unpins it\n"
        "t 2, dial 2      rank newer sentences first (0 to 3); t -2, safe 2: safer ones\n"
        "w epub, export   export as txt, md, epub or docx\n"
        "s, save          save, and show the path\n"
        "q, quit          quit\n"
        "Anything else is added as your own sentence. To write a command word, put > first: > undo"
    ),
    # Why a candidate ranks where it does
    "natural": "natural",
    "fitting": "fits",
    "new": "new",
    # Who wrote what
    "provenance": "Who wrote what",
    "provenance_who": "author",
    "provenance_sentences": "sentences",
    "provenance_characters": "characters",
    "by_writer": "writer",
    "by_model": "model",
    "by_edited": "model, edited by the writer",
    # Automatic play
    "auto_turn": "── {turn}/{turns} ──",
    "auto_choice": "Choice {number}",
    "auto_story": "── The finished story ──",
    "auto_opening": (
        "No opening. --auto needs at least one sentence: in the story file, from --opening or on "
        "standard input."
    ),
    # What can go wrong
    "no_such_candidate": "There is no candidate {number}. Candidates to choose from: {count}.",
    "no_candidates_yet": "There are no candidates to choose from yet. To ask for some: r",
    "reversed_range": "{first}-{last}: the first number is greater than the second.",
    "no_such_sentence": "There is no sentence {number}. Sentences in the story: {count}.",
    "no_such_branch": "There is no branch {number}. Branches: {count}.",
    "no_such_note": "There is no note {number}. Notes: {count}.",
    "nothing_to_undo": "Nothing to undo.",
    "nothing_to_redo": "Nothing to redo.",
    "look_again": "The numbers may have changed. Check with v, then try again.",
    "no_such_dial": "{value}: must be a whole number from {least} (safe) to {most} (new).",
    "pin_too_long": "At most {count} sentences can be pinned.",
    "no_candidates": "No usable candidates. To ask again: r; or write a sentence yourself.",
    "unsaved": "The story could not be saved. Please copy the text below.",
    "input_encoding": "Standard input is not UTF-8. The story up to that point is saved.",
    "story_absent": "{path}: no such file.",
    "story_directory": "{path}: is a folder. Give the name of a file.",
    "story_not_file": "{path}: is not a regular file. Give another file name.",
    "story_is_journal": "{path}: is the journal of a story. Open the story itself: {story}",
    "story_encoding": (
        "{path}: is not UTF-8. Convert it first, for example: iconv -f cp949 -t utf-8 old > new"
    ),
    "story_unreadable": "{path}: cannot be read ({why}).",
    "story_unwritable": (
        "{path}: cannot be saved ({why}). Check the folder and its permissions, or give another "
        "file name."
    ),
    "story_changed": (
        "{path}: another program has just changed it. Repeat the command to load its changes."
    ),
    "story_open_elsewhere": (
        "{path}: this story is already open elsewhere. Close it there, then open it again."
    ),
    "journal_alien": "{path}: is not a Soseol journal. Move this file away, then open it again.",
    "journal_newer": "{path}: was written by a newer version of Soseol. Update Soseol.",
    "journal_event": "Journal entry {number} ({event}) cannot be interpreted. Update Soseol.",
    "journal_torn": (
        "{path}: the last line is damaged and was moved to {aside}. Everything before it is intact."
    ),
    "journal_damaged": (
        "{path}: cannot read line {lines}. The rest was recovered; the text is that of the story "
        "file."
    ),
    "text_restored": (
        "{path}: was missing and has been restored from its journal. For a new story, use another "
        "name."
    ),
    "text_changed": "{path}: changes made by another program have been loaded. To undo: u",
    "opening_late": "{path}: already has {count} sentences. --opening is for new stories only.",
    "opening_empty": "{path}: contains no sentences.",
    "nothing_to_export": "There are no sentences to export.",
    "export_directory": "{path}: is a folder. Give the name of a file.",
    "export_onto_story": "{path}: is the story file itself. Give another name with --output.",
    "docx_missing": "Exporting docx needs python-docx: pip install python-docx",
    "server_absent": (
        "No model server at {address}. Start one first: "
        "python -m serving --model_name=soseol --model_base_path=<model folder>"
    ),
    "server_gone": "The model server ({address}) is not responding. The story is unchanged.",
    "server_skipped": "{address}: cannot be used; skipping it.",
    "tls_failed": "{address}: TLS connection failed. Check --ca_file and the server's certificate.",
    "not_admitted": "{address}: the server denied access. Check the token or the certificate.",
    "token_needs_tls": "{address}: a token is only sent over an encrypted connection. Add --tls.",
    "token_empty": "{path}: contains no token.",
    "token_bad": "{source}: the token contains characters that are not allowed.",
    "pem_bad": "{path}: is not a PEM file (-----BEGIN …).",
    "access_unreadable": "{path}: cannot be read ({why}).",
    "timed_out": (
        "No response within {seconds} seconds. The story is unchanged. "
        "To wait longer, restart with a larger --timeout."
    ),
    "what_now": "To ask again: r; to quit: q; or continue writing yourself.",
    "no_model": "There is no model '{model}' at {address}. Check --model.",
    "no_label": "Model '{model}' at {address} has no label '{label}'. Check --model and --label.",
    "no_signature": (
        "Model '{model}' has no suitable signature '{signature}'. It must be exported by this "
        "version of Soseol."
    ),
    "not_a_model_server": "The server at {address} is not a model server. Check --server.",
    "refused": "The server refused the request: {why}",
    "bad_answer": "Cannot interpret the server's response to '{signature}': {why}",
    "json_bad": "This line is not JSON.",
    "json_unknown": "There is no command '{name}'. Commands: {known}",
    "json_field": "Invalid field '{field}' for command '{name}'.",
    "json_field_missing": "Command '{name}' lacks a field. Fields: {fields}",
    "json_needs_text": "Add the new text, for example: e 3: new text",
    "json_help": "Commands and events are described in docs/writing.md.",
    # The page
    "page_at": "Web page: {url} (Ctrl-C to quit)",
    "page_in_clear": (
        "Traffic to other machines is not encrypted. Use the page only on a network you trust."
    ),
    "port_taken": "{address}: already in use by another program. Give another --port.",
    "host_bad": "{address}: cannot listen on this address ({why}). Check --host and --port.",
    "page_token_short": (
        "{path}: a token must have at least {least} characters, all letters, digits, - or _."
    ),
    "web_missing": (
        'The web page needs the package {name}: pip install -c constraints.txt ".[web]"'
    ),
    "weights_absent": "{path}: no such file. Create it with python -m client.learn.",
    "weights_unreadable": "{path}: cannot be read ({why}).",
    "weights_bad": (
        "{path}: is not a file of ranking weights. Delete it, or recreate it with "
        "python -m client.learn."
    ),
    # Learning
    "learn_found": (
        "Candidates chosen: {count} ({edited} edited first); all candidates rejected: {rejected} "
        "times"
    ),
    "learn_unmeasured": "{count} choices were recorded by an older version and cannot be used.",
    "learn_few": "Only {count} choices so far; learning needs at least {least}.",
    "learn_accuracy": (
        "How often the chosen candidate ranks above another (held-out choices): learned "
        "weights {learned}, default weights {default}; 95% interval of the difference "
        "{low} … {high}"
    ),
    "learn_worse": "No better than the default weights: not saved.",
    "learn_written": "Saved: {path} (delete it to return to the default weights)",
    "learn_missing": ('Learning needs scikit-learn: pip install -c constraints.txt ".[learn]"'),
    "journal_absent": "{path}: no journal found. It must be next to the story: {path}.journal",
    # The command line
    "usage": "usage: ",
    "arguments": "arguments",
    "options": "options",
    "description": "Write a story with a model, starting from five sentences of your own.",
    "description_page": "Write a story with a model in the browser.",
    "description_export": "Export a story as txt, md, epub or docx.",
    "description_learn": (
        "Learn ranking weights from a writer's choices. Nothing leaves this machine."
    ),
    "option_story_learn": "story file; several may be given",
    "option_output_learn": "file for the weights (default: the file that all sessions read)",
    "option_weights": (
        "ranking weights written by client.learn (default: the learned weights if there are any)"
    ),
    "epilog": "exit codes: 0 success, 1 failure, 2 invalid arguments, 130 Ctrl-C",
    "option_story": "story file (UTF-8, one sentence per line); continued if it exists",
    "option_opening": "file with the sentences that open a new story",
    "option_server": (
        "model servers, separated by commas; those that do not respond are skipped "
        "(default: {default})"
    ),
    "option_model": "name of the model (default: {default})",
    "option_label": "label of the model version, such as stable or canary (default: the newest)",
    "option_lang": "language of the interface (default: {default})",
    "option_seed": "random seed; the same seed gives the same candidates (default: {default})",
    "option_auto": "choose automatically, N times, without asking",
    "option_timeout": "seconds to wait for a response (default: {default:g})",
    "option_temperature": "above 0; higher is more surprising (default: {default})",
    "option_top_p": "above 0 and up to 1; lower keeps to more common words (default: {default})",
    "option_diversity": "0 or more; higher makes candidates differ more (default: {default})",
    "option_dial": (
        "-3 ranks the safest candidates first, 3 the newest (default: the last setting, at first 0)"
    ),
    "option_json": "for programs: read one command per line, write one JSON event per line",
    "option_tls": "encrypt the connection to the server",
    "option_ca_file": "CA certificates to trust (PEM; default: those of this machine)",
    "option_cert_file": "certificate to present to the server (PEM), with --key_file",
    "option_key_file": "private key of that certificate (PEM)",
    "option_token_file": (
        "file with a token for the server (default: environment variable SOSEOL_TOKEN)"
    ),
    "option_host": (
        "address to listen on; a token is required where other machines can connect "
        "(default: {default})"
    ),
    "option_port": "port to listen on, 0 for any free port (default: {default})",
    "option_page_token_file": (
        "file with the token that opens the page (default: generated when one is required)"
    ),
    "option_story_export": "story file",
    "option_to": "file format",
    "option_output": "file to write (default: a new file in the story's folder)",
    "option_provenance": "append who wrote what",
    "option_title": "title (default: the file's name)",
    "option_author": "name of the author",
    "option_help": "show this help",
    "bad_usage": "{why} (help: {command} --help)",
    "bad_server": "{value}: must be host:port, for example localhost:8500 or [::1]:8500",
    "bad_number": "{value} is not {range}",
    "tls_needed": "--ca_file and --cert_file require --tls",
    "key_needed": "--cert_file and --key_file must be given together",
    "json_or_auto": "--json and --auto cannot be combined",
    "whole_number": "a whole number",
    "whole_number_at_least": "a whole number of {least} or more",
    "whole_number_between": "a whole number from {least} to {most}",
    "number_above": "a number above {above}",
    "number_above_to": "a number above {above} and up to {most}",
    "number_at_least": "a number of {least} or more",
}
