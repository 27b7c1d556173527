"""What `mos library` does, verb by verb."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import msgspec

from mos_appliance.app.settings import default_data
from mos_appliance.errors import BadInput
from mos_appliance.library.finding import MOST_HITS, Hit, search, search_notes
from mos_appliance.library.piece import Piece
from mos_appliance.store.library import Library, Standing
from mos_appliance.wire.files import DataFile


def opened(data: Path | None) -> Library:
    """The library of a data directory. Errors: `Unavailable`, `Corrupt`."""
    return Library(Path(data or default_data()) / DataFile.LIBRARY)


def add(library: Library, args: argparse.Namespace) -> int:
    """Import files; each bad one is a line on stderr, and the exit code is 1 when there was any."""
    from mos_appliance.app.library_collections import collection
    from mos_appliance.app.library_import import Import, Source, files_in
    from mos_appliance.library.layouts import layouts_named

    layouts = layouts_named(args.layouts)
    sources = [Source(path, pinned=not args.evictable) for path in files_in(args.paths)]
    if args.collection:
        sources += collection(args.collection)
    if not sources:
        raise BadInput("PATH", "no file that can be read is named, nor is one in the folders named")
    began = time.monotonic()
    show = _show_progress if sys.stderr.isatty() else None
    summary = Import(library, layouts, show).run(sources)
    if show:
        sys.stderr.write("\r\033[K")
    for failed in summary.failed:
        sys.stderr.write(f"{failed.file}: {failed.where}: {failed.why}\n")
    for failed in summary.unengraved:
        sys.stderr.write(f"{failed.file}: added, but without pages: {failed.why}\n")
    if args.json:
        _print(
            {
                "added": [brief(piece) for piece in summary.added],
                "known": summary.known,
                "failed": [failed._asdict() for failed in summary.failed],
                "unengraved": [failed._asdict() for failed in summary.unengraved],
                "took_ms": round((time.monotonic() - began) * 1000, 1),
            }
        )
    else:
        for piece in summary.added[:50]:
            sys.stdout.write(f"{piece.cid}  {_named(piece.title, piece.composer)}\n")
        told = f"{len(summary.added)} added, {len(summary.known)} known already, {len(summary.failed)} not readable"
        sys.stdout.write(f"{told}\n")
    return 1 if summary.failed else 0


def notate(library: Library, args: argparse.Namespace) -> int:
    """Write down what was played, or correct it."""
    from mos_appliance.app.library_notation import source_named, write_down
    from mos_appliance.library.corrections import CORRECTIONS
    from mos_appliance.library.layouts import layouts_named

    words = {name: text for name in CORRECTIONS if (text := getattr(args, name)) is not None}
    source = source_named(library, Path(args.data or default_data()), args.source)
    written = write_down(library, source, words, layouts_named(args.layouts))
    if args.json:
        told = msgspec.to_builtins(written.told)
        _print({**brief(written.piece), "replaced": written.replaced, "unengraved": written.unengraved, **told})
        return 0
    sys.stdout.write(f"{written.piece.cid}  {_named(written.piece.title, written.piece.composer)}\n")
    for guess in written.told.guessed:
        others = [f"{other['value']} {other['confidence']:.0%}" for other in guess.get("others", ())]
        sure = f"{guess['confidence']:.0%}{'; or ' if others else ''}{', '.join(others)}"
        sys.stdout.write(f"  guessed: {guess['what']} {guess['value']} ({sure})\n")
    for word, losses in (("not understood", written.told.unread), ("has no place there", written.told.lost)):
        sys.stdout.writelines(f"  {word}: {loss['what']} ({loss['where']})\n" for loss in losses)
    if written.replaced:
        sys.stdout.write(f"  in place of {written.replaced}, which can be restored for a day\n")
    return 0


def find(library: Library, args: argparse.Namespace) -> int:
    """Search by words or by notes."""
    most = max(1, min(MOST_HITS, args.most))
    began = time.perf_counter_ns()
    if args.notes is not None:
        hits = search_notes(library.index, pitches_of(args.notes), most)
    else:
        hits = search(library.index, " ".join(args.text), most)
    took_ms = (time.perf_counter_ns() - began) / 1e6
    if args.json:
        _print({"hits": [told(hit) for hit in hits], "took_ms": round(took_ms, 3)})
    else:
        for hit in hits:
            sys.stdout.write(f"{hit.cid}  {_named(hit.title, hit.composer)}\n")
        sys.stdout.write(f"{len(hits)} found in {took_ms:.1f} ms\n")
    return 0


def pitches_of(text: str) -> list[int]:
    """MIDI numbers out of a text. Errors: `BadInput`."""
    words = text.replace(",", " ").split()
    if not all(word.isascii() and word.isdigit() for word in words):
        raise BadInput("notes", 'are MIDI numbers such as "60 62 64 65"')
    return [int(word) for word in words[:1000]]


def show(library: Library, args: argparse.Namespace) -> int:
    """All about a piece."""
    piece = library.find(args.cid)
    row = facts_told(piece, library.standing(args.cid))
    if args.json:
        _print(row)
    else:
        for name, value in row.items():
            if value not in ("", None, [], {}):
                sys.stdout.write(f"{name:12} {value}\n")
    return 0


def get(library: Library, args: argparse.Namespace) -> int:
    """Write the file of a piece, as it came or converted."""
    from mos_appliance.app.output_file import write_output
    from mos_appliance.library.description import annotate
    from mos_appliance.music.formats import format_of, format_of_bytes
    from mos_appliance.music.umf.files import notes_of

    data = library.read(args.cid)
    if args.output is None:
        sys.stdout.buffer.write(data)
        return 0
    reader, writer = format_of_bytes(data), format_of(str(args.output))
    piece = library.find(args.cid)
    if writer.name != piece.facts.format:
        document = reader.load(data).document
        annotate(document, notes_of(document, False), piece)
        data = writer.save(document).data
    write_output(args.output, data)
    if args.json:
        _print({"cid": args.cid, "output": str(args.output), "bytes": len(data)})
    return 0


def _each(change: Callable[[Library, str], bool]) -> Callable[[Library, argparse.Namespace], int]:
    """A verb that does something to every piece that is named."""

    def verb(library: Library, args: argparse.Namespace) -> int:
        for cid in args.cid:
            if not change(library, cid):
                raise BadInput("CID", f"{cid[:80]} was not removed, or is gone for good")
        if args.json:
            _print({"cids": args.cid})
        return 0

    return verb


def _remove(library: Library, cid: str) -> bool:
    library.remove(cid)
    return True


def _pin(pinned: bool) -> Callable[[Library, str], bool]:
    def change(library: Library, cid: str) -> bool:
        library.pin(cid, pinned)
        return True

    return change


def removed(library: Library, args: argparse.Namespace) -> int:
    """What can be restored."""
    pieces = library.removals.waiting()
    if args.json:
        _print({"removed": [brief(piece) for piece in pieces]})
    else:
        sys.stdout.writelines(f"{piece.cid}  {_named(piece.title, piece.composer)}\n" for piece in pieces)
    return 0


def status(library: Library, args: argparse.Namespace) -> int:
    """How much there is."""
    found = library.status()
    if args.json:
        _print(found._asdict())
    else:
        sys.stdout.write(
            f"{found.pieces:,} pieces, {found.held:,} of them here ({found.pinned:,} pinned); "
            f"{found.bytes / 1e6:,.1f} of {found.share_bytes / 1e6:,.0f} MB, index {found.index_bytes / 1e6:,.1f} MB\n"
        )
    return 0


def pages(library: Library, args: argparse.Namespace) -> int:
    """Write the pages of a piece, engraving them when they are not there."""
    from mos_appliance.app.library_pages import write_pages
    from mos_appliance.library.layouts import layouts_named

    (layout,) = layouts_named(args.layout) or ("tablet",)
    count = write_pages(library, args.cid, layout, args.output)
    if args.json:
        _print({"cid": args.cid, "layout": args.layout, "pages": count})
    else:
        sys.stdout.write(f"{count} page{'s' * (count != 1)} in {args.output}\n")
    return 0


def engrave(library: Library, args: argparse.Namespace) -> int:
    """Engrave pieces anew."""
    from mos_appliance.app.library_pages import engrave
    from mos_appliance.app.library_shelf import engrave_shelf
    from mos_appliance.library.layouts import layouts_named

    if args.shelf:
        engrave_shelf(library)
    for cid in args.cid:
        engrave(library, cid, layouts_named(args.layouts))
    if args.json:
        _print({"cids": args.cid})
    return 0


def shelf(library: Library, args: argparse.Namespace) -> int:
    """Add or renew the pieces that ship."""
    from mos_appliance.app.library_shelf import SHELF, renew

    summary = renew(library, args.folder or SHELF, _show_progress if sys.stderr.isatty() else None)
    for failed in summary.failed:
        sys.stderr.write(f"{failed.file}: {failed.where}: {failed.why}\n")
    if args.json:
        _print({"added": [brief(piece) for piece in summary.added], "known": summary.known})
    else:
        sys.stdout.write(f"{len(summary.added)} added, {len(summary.known)} known already\n")
    return 1 if summary.failed else 0


VERBS: Final[dict[str, Callable[[Library, argparse.Namespace], int]]] = {
    "add": add,
    "notate": notate,
    "search": find,
    "show": show,
    "get": get,
    "pages": pages,
    "engrave": engrave,
    "shelf": shelf,
    "remove": _each(_remove),
    "restore": _each(Library.restore),
    "pin": _each(_pin(True)),
    "unpin": _each(_pin(False)),
    "removed": removed,
    "status": status,
}


def told(hit: Hit) -> dict[str, str]:
    """A hit as JSON tells it."""
    return {"cid": hit.cid, "title": hit.title, "composer": hit.composer, "how": hit.how}


def brief(piece: Piece) -> dict[str, str]:
    """A piece in a list."""
    return {"cid": piece.cid, "title": piece.title, "composer": piece.composer}


def facts_told(piece: Piece, standing: Standing) -> dict[str, Any]:
    """A piece with all that is known, by name."""
    return {**brief(piece), **msgspec.structs.asdict(piece.facts), **standing._asdict()}


def _named(title: str, composer: str) -> str:
    return f"{title} ({composer})" if composer else title


def _show_progress(done: int, total: int, name: str) -> None:
    sys.stderr.write(f"\r\033[K{done} of {total}  {name[:60]}")
    sys.stderr.flush()


def _print(value: object) -> None:
    sys.stdout.write(msgspec.json.encode(value).decode() + "\n")
