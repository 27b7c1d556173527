/** The practice room: a piece of the shelf, its pages, the tutor. Fetched when somebody goes in. */
import { useState } from "preact/hooks";
import "../style/practice.css";
import { tp } from "../messages/practice";
import { useStore } from "../state/store";
import type { Exercise, Hit, Step } from "./practice/api";
import { Choose } from "./practice/choose";
import { Stand } from "./practice/stand";

/** A piece, and how a lesson wants it practised. */
interface Piece extends Pick<Hit, "cid" | "title"> {
  step?: Step;
  exercise?: Exercise;
}

export function PracticeRoom() {
  const practice = useStore((state) => state.heard.practice);
  const away = useStore((state) => state.heard.tutor?.running === false);
  const [chosen, setChosen] = useState<Piece | null>(null);
  // Who comes in while something is practised sees that.
  const going = practice && practice.state !== "none" ? { cid: practice.piece, title: practice.title } : null;
  const [left, setLeft] = useState(0);
  const open = (step: Step) => setChosen({ cid: step.piece, title: step.title, step });
  const piece = chosen ?? (going && practice?.number !== left ? going : null);
  return (
    <div class="practice">
      {away && (
        <p class="notice warning" role="status">
          {tp("away")}
        </p>
      )}
      {piece ? (
        <Stand
          key={`${piece.cid} ${chosen?.step?.role ?? ""}`}
          piece={piece}
          step={chosen?.step}
          exercise={chosen?.exercise}
          open={open}
          leave={() => {
            setChosen(null);
            setLeft(practice?.number ?? 0);
          }}
        />
      ) : (
        <Choose
          choose={setChosen}
          open={open}
          made={(exercise) => setChosen({ cid: exercise.piece, title: exercise.title, exercise })}
        />
      )}
    </div>
  );
}
