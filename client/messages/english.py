"""What is said in English."""

ENGLISH = {
    # The session
    "welcome": "Soseol — a story written with a model ({model}, {address}). Help: ?",
    "story_new": "New story: {path}",
    "story_continued": "Going on with {path} ({count} sentences)",
    "earlier": "… {count} sentences before",
    "opening": "Please write {count} sentences to open the story. You may paste them all at once.",
    "opening_fewer": "Fewer than {count} will do: press Enter on an empty line to begin.",
    "opening_prompt": "Opening {number}/{count}> ",
    "prompt": "Number or sentence> ",
    "edit_prompt": "Edit> ",
    "insert_prompt": "Insert> ",
    "edit_original": "To edit: {text}",
    "edit_which": "Give the number of the candidate to edit, for example: e 3",
    "fix_which": "Give the number of the sentence to fix, for example: f 12 (v shows the numbers)",
    "delete_which": "Give the sentence to delete, for example: x 12, x 12-14 (v shows the numbers)",
    "insert_where": (
        "Give the sentence after which to insert, for example: i 12; i 0 for the very beginning "
        "(v shows the numbers)"
    ),
    "back_where": "Give the last sentence to keep, for example: g 12 (v shows the numbers)",
    "compare_which": "Give the branch to compare, for example: c 2, c 1 2 (b shows the numbers)",
    "export_which": (
        "Give the format: w txt, w md, w epub, w docx (with who wrote what: w epub provenance)"
    ),
    "asking": "Looking for the next sentence… (Ctrl-C cancels)",
    "retrying": "{address} does not answer; trying once more… (Ctrl-C cancels)",
    "begun": "Sentences that begin as you did. For those that the model begins: ~",
    "cancelled": "Cancelled. The story is as it was. To ask again: r",
    "nothing_typed": "Pick a number or write a sentence. To ask again: r; for help: ?",
    "nothing_changed": "Nothing has changed.",
    "already_there": "You are there already.",
    "how_to_quit": "Type q to quit. The story is saved.",
    "saved": "Saved: {path} ({count} sentences)",
    "exported": "Exported: {path}",
    "goodbye": "The story is saved: {path} ({count} sentences)",
    "goodbye_empty": "Nothing was written.",
    "interrupted": "Stopped.",
    # What became of the story; - went, + came
    "changed_write": "Written.",
    "changed_take": "Taken.",
    "changed_edit": "Changed.",
    "changed_insert": "Inserted.",
    "changed_delete": "Deleted. To take it back: u",
    "changed_back": "Gone back. The sentences after it stay as a branch (b shows it).",
    "changed_undo": "Taken back. To do it again: y",
    "changed_redo": "Done again.",
    "changed_switch": "On another branch.",
    "changed_outside": "What another program changed has been taken in.",
    "more_changed": "… and {count} sentences more",
    "sentences_follow": "({count} sentences follow)",
    # Branches, notes, the whole story
    "branch": "  {number}. {sentences} sentences, the first {common} as here: …{last}",
    "branch_here": "▸ {number}. {sentences} sentences, you are here (first {common}): …{last}",
    "branches_hint": "To go there: b and its number; to compare: c and its number",
    "here": "now",
    "compared": "Left: {left}; right: {right}. The first {common} are the same.",
    "pinned": "Pinned: {text}",
    "pinned_nothing": "Nothing is pinned. To tell the model something always, p: text",
    "note": "Note {number} (at sentence {sentence}): {text}",
    "dial": "safe {scale} new ({value})",
    "dial_turning": "To turn it: t 2, t -1, t 0",
    "bars": "Bars, in order: {reasons}",
    "notes_none": "No notes. For one that the model does not see, n: text",
    "story_legend": "{count} sentences. * by the model, + the model's, changed by the writer.",
    "help": (
        "1–9, 0           take the candidate of that number (0 is the tenth)\n"
        "e 3              edit candidate 3, then take it\n"
        "The lamp ~       let the model finish a sentence\n"
        "r, again         ask for other candidates\n"
        "d, differently   ask for something unlike all candidates so far\n"
        "u, undo          take back what was done last\n"
        "y, redo          do again what was taken back\n"
        "v, view          show the story with its numbers\n"
        "f 12, fix 12     change sentence 12\n"
        "x 12, delete 12  delete sentence 12 (x 12-14)\n"
        "i 12, insert 12  insert after sentence 12\n"
        "g 12, back 12    go on differently after sentence 12\n"
        "b, branches      show the branches; b 2 goes to branch 2\n"
        "c 2, compare 2   show this branch and branch 2 side by side\n"
        "n: text          a note that the model does not see; n shows them, n -1 drops one\n"
        "p: text          what the model is always told; p - ends that\n"
        "t 2, dial 2      newer sentences first (up to 3; 0 is usual); t -2, safe 2: safer ones\n"
        "w epub, export   write txt, md, epub or docx\n"
        "s, save          save, and show where\n"
        "q, quit          quit\n"
        "Anything else becomes your own sentence. To write a command's word, begin with >: > undo"
    ),
    # Why a candidate stands where it does
    "natural": "natural",
    "fitting": "fits",
    "new": "new",
    # Who wrote what
    "provenance": "Who wrote what",
    "provenance_who": "by",
    "provenance_sentences": "sentences",
    "provenance_characters": "characters",
    "by_writer": "writer",
    "by_model": "model",
    "by_edited": "model, changed by the writer",
    # Playing by itself
    "auto_turn": "── {turn}/{turns} ──",
    "auto_choice": "Choice {number}",
    "auto_story": "── The finished story ──",
    "auto_opening": (
        "No opening. For --auto, give one sentence or more in the story file, by --opening or on "
        "standard input."
    ),
    # What can go wrong
    "no_such_candidate": "There is no candidate {number}. Candidates to choose from: {count}.",
    "no_such_sentence": "There is no sentence {number}. Sentences in the story: {count}.",
    "no_such_branch": "There is no branch {number}. Branches: {count}.",
    "no_such_note": "There is no note {number}. Notes: {count}.",
    "nothing_to_undo": "There is nothing to take back.",
    "nothing_to_redo": "There is nothing to do again.",
    "look_again": "The numbers may be others now. Look with v, then do it again.",
    "no_such_dial": "{value}: give a whole number from {least} (safe) to {most} (new).",
    "pin_too_long": "What is pinned may have {count} sentences.",
    "no_candidates": "No usable candidate. To ask again: r; or write your own sentence.",
    "unsaved": "The story could not be saved. Here it is; please copy it.",
    "input_encoding": "Standard input is not UTF-8. The story up to there is saved.",
    "story_absent": "{path}: there is no such file.",
    "story_directory": "{path}: is a folder. Give the name of a file.",
    "story_not_file": "{path}: is not a regular file. Give the name of a regular file.",
    "story_is_journal": "{path}: is the journal of a story. Open the story itself: {story}",
    "story_encoding": (
        "{path}: is not UTF-8. Convert it first, for example: iconv -f cp949 -t utf-8 old > new"
    ),
    "story_unreadable": "{path}: cannot be read ({why}).",
    "story_unwritable": (
        "{path}: cannot be saved ({why}). Check folder and permissions, or give another file name."
    ),
    "story_changed": "{path}: another program just changed it. Do it once more to take that in.",
    "story_open_elsewhere": (
        "{path}: this story is open elsewhere. Leave that session, then open it again."
    ),
    "journal_alien": "{path}: is no journal of Soseol. Move this file away, then open it again.",
    "journal_newer": "{path}: was written by a later Soseol. Install that one.",
    "journal_event": "Event {number} of the journal ({event}) is unknown. Install a later Soseol.",
    "journal_torn": (
        "{path}: its last line is damaged and was put into {aside}. All before it is as it was."
    ),
    "journal_damaged": (
        "{path}: cannot read line {lines}. The rest was saved; the text is that of the story file."
    ),
    "text_restored": (
        "{path}: was gone, and is restored from its journal. For a new story, use a new name."
    ),
    "text_changed": "{path}: what another program changed has been taken in. To take it back: u",
    "opening_late": "{path}: has {count} sentences already. --opening is for a new story.",
    "opening_empty": "{path}: holds no sentence.",
    "nothing_to_export": "There is no sentence to export.",
    "export_directory": "{path}: is a folder. Give the name of a file.",
    "export_onto_story": "{path}: is the story itself. Give another name with --output.",
    "docx_missing": "Exporting docx needs python-docx: pip install python-docx",
    "server_absent": (
        "No server at {address}. Start one first: "
        "python -m serving --model_name=soseol --model_base_path=<model folder>"
    ),
    "server_gone": "The server at {address} does not answer. The story is as it was.",
    "server_skipped": "{address}: cannot be used; skipped.",
    "tls_failed": "{address}: no TLS connection. Check --ca_file and the server's certificate.",
    "not_admitted": "{address}: the server does not let you in. Check the token or certificate.",
    "token_needs_tls": "{address}: a token is sent encrypted only. Add --tls.",
    "token_empty": "{path}: holds no token.",
    "token_bad": "{source}: the token has characters that cannot be in one.",
    "pem_bad": "{path}: is no PEM file (-----BEGIN …).",
    "access_unreadable": "{path}: cannot be read ({why}).",
    "timed_out": (
        "No answer within {seconds} seconds. The story is as it was. "
        "To wait longer, start again with a larger --timeout."
    ),
    "what_now": "To ask again: r; to quit: q; your own sentences are taken as well.",
    "no_model": "There is no model '{model}' at {address}. Check --model.",
    "no_label": "Model '{model}' at {address} has no label '{label}'. Check --model and --label.",
    "no_signature": (
        "Model '{model}' has no signature '{signature}' as needed here. It must be exported by "
        "this version of Soseol."
    ),
    "not_a_model_server": "The server at {address} is not a model server. Check --server.",
    "refused": "The server refused the request: {why}",
    "bad_answer": "The server's answer to '{signature}' cannot be read: {why}",
    "json_bad": "This line is not JSON.",
    "json_unknown": "There is no command '{name}'. Commands: {known}",
    "json_field": "Command '{name}' does not take this '{field}'.",
    "json_field_missing": "Command '{name}' lacks something. Fields: {fields}",
    "json_needs_text": "Give the new text as well, for example: e 3: new text",
    "json_help": "Commands and events are described in docs/writing.md.",
    # The page
    "page_at": "The page: {url} (Ctrl-C ends it)",
    "page_in_clear": "What passes to other machines is not encrypted; trust the network first.",
    "port_taken": "{address}: another program uses it. Give another --port.",
    "host_bad": "{address}: cannot listen there ({why}). Check --host and --port.",
    "page_token_short": "{path}: a token has {least} or more letters, digits, - or _.",
    "web_missing": 'The page needs the package {name}: pip install ".[client,web]"',
    "weights_absent": "{path}: no such file. python -m client.learn makes one.",
    "weights_unreadable": "{path}: cannot be read ({why}).",
    "weights_bad": "{path}: no weights of a ranking. Delete it, or make it by client.learn again.",
    # Learning
    "learn_found": "Choices: {count} (changed first: {edited}); all rejected: {rejected} times",
    "learn_unmeasured": "{count} choices are of an older journal, of no use for learning.",
    "learn_few": "There are only {count} choices; learning takes {least}.",
    "learn_accuracy": (
        "How often the chosen one comes before another (held out): learnt weights {learnt}, "
        "default {default}; 95 % interval of the difference {low} … {high}"
    ),
    "learn_worse": "Not better than the default weights: nothing was written.",
    "learn_written": "Written: {path} (delete it for the default weights)",
    "learn_missing": 'Learning needs scikit-learn: pip install ".[client,learn]"',
    "journal_absent": "{path}: has no journal. It must stand beside it: {path}.journal",
    # The command line
    "description": "Write a story together with a model. It begins with five sentences of yours.",
    "description_page": "Write a story with the model in a browser.",
    "description_export": "Write a story as txt, md, epub or docx.",
    "description_learn": "Fit the ranking to what a writer chose. Nothing leaves this machine.",
    "option_story_learn": "story files, one or more",
    "option_output_learn": "file for the weights; the place where every session looks if left out",
    "option_weights": "weights of the ranking (by client.learn); what was learnt if left out, "
    "or else the default",
    "epilog": "Exit codes: 0 done, 1 failed, 2 bad arguments, 130 Ctrl-C",
    "option_story": "story file (UTF-8, one sentence a line); gone on with, or made",
    "option_opening": "file with the sentences that open a new story",
    "option_server": "addresses of model servers, with commas: one that does not answer is skipped "
    "(default: {default})",
    "option_model": "name of the model (default: {default})",
    "option_label": "which version of the model, by the server's label (default: the newest)",
    "option_lang": "language of the screen (default: {default})",
    "option_seed": "the same number gives the same candidates (default: {default})",
    "option_auto": "choose by itself, N times, without asking",
    "option_timeout": "how long to wait for an answer, in seconds (default: {default})",
    "option_temperature": "above 0: the larger, the more surprising (default: {default})",
    "option_top_p": "0 to 1: the smaller, the more common the words (default: {default})",
    "option_diversity": "0 or more: the larger, the more the candidates differ "
    "(default: {default})",
    "option_dial": "-3 for the safest candidates to 3 for the newest (default: as it was, else 0)",
    "option_json": "for programs: one command a line comes in, one event a line goes out as JSON",
    "option_tls": "encrypt the connection to the server",
    "option_ca_file": "certificates to trust (PEM); those of this machine if left out",
    "option_cert_file": "certificate to show the server (PEM), with --key_file",
    "option_key_file": "key of that certificate (PEM)",
    "option_token_file": "file with a token for the server; else environment variable SOSEOL_TOKEN",
    "option_host": "where to listen; beyond this machine a token is needed (default: {default})",
    "option_port": "port to listen on, 0 for any that is free (default: {default})",
    "option_page_token_file": "file with the token that opens the page; else one is made if needed",
    "option_story_export": "story file",
    "option_to": "format of the file",
    "option_output": "file to write; a new one beside the story if left out",
    "option_provenance": "say at the end who wrote what",
    "option_title": "title (default: the file's name)",
    "option_author": "name of the writer",
    "option_help": "show this help",
    "bad_usage": "{why} (help: {command} --help)",
    "bad_server": "{value}: must be host:port, for example localhost:8500 or [::1]:8500",
    "bad_number": "{value}: must be {range}",
    "tls_needed": "--ca_file and --cert_file go with --tls",
    "key_needed": "--cert_file and --key_file go together",
    "json_or_auto": "--json and --auto do not go together",
    "range_positive": "a number above 0",
    "range_share": "a number above 0 and at most 1",
    "range_not_negative": "a number of 0 or more",
    "range_integer": "a whole number",
    "range_dial": "a whole number from {least} to {most}",
    "range_port": "a whole number from 0 to 65535",
    "range_count": "a whole number of 1 or more",
}
