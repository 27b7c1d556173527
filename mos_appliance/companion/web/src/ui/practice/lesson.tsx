/** What comes next: the steps of the next lesson, each with its reasons; and who it is for. */
import { useEffect, useRef, useState } from "preact/hooks";
import { sayError, why } from "../../app";
import { tp } from "../../messages/practice";
import { type Lesson, practiceApi, type Step, type Student } from "./api";

const complain = (error: unknown) => sayError(tp("failed", { why: why(error) }));

interface NextProps {
  /** Whatever changes when the lesson may be another: the take that was judged last. */
  after: string;
  open: (step: Step) => void;
}

export function Next({ after, open }: NextProps) {
  const [students, setStudents] = useState<readonly Student[]>([]);
  const playing = students.find((student) => student.playing);
  const lesson = useLesson(playing?.student, after);
  const refresh = () => {
    practiceApi.students().then(setStudents, complain);
  };
  useEffect(refresh, []);
  return (
    <section class="next" aria-labelledby="next-title">
      <h3 id="next-title">{tp("next")}</h3>
      <Who students={students} playing={playing} changed={refresh} />
      {!playing && <p class="hint">{tp("next.who")}</p>}
      {lesson && !lesson.steps.length && <p class="hint">{tp("next.none")}</p>}
      <ol class="steps">
        {lesson?.steps.map((step, index) => (
          <li key={index}>
            <StepCard step={step} open={open} />
          </li>
        ))}
      </ol>
    </section>
  );
}

function StepCard({ step, open }: { step: Step; open: (step: Step) => void }) {
  return (
    <>
      <button type="button" class="piece" onClick={() => open(step)}>
        <small>{tp(`role.${step.role}`)}</small>
        <b>{step.title}</b>
        <span>
          {step.bar > 0 && `${tp("step.bars", { bar: step.bar, to: step.to_bar })} · `}
          {tp("step.minutes", { count: Math.max(1, Math.round(step.minutes)) })}
        </span>
      </button>
      <ul class="reasons" aria-label={tp("next.why")}>
        {step.reasons.map((reason, index) => (
          <li key={index}>{reason.text}</li>
        ))}
      </ul>
    </>
  );
}

function useLesson(student: string | undefined, after: string): Lesson | null {
  const [lesson, setLesson] = useState<Lesson | null>(null);
  useEffect(() => {
    let current = true;
    setLesson(null);
    if (student) practiceApi.lesson(student).then((found) => current && setLesson(found), complain);
    return () => {
      current = false;
    };
  }, [student, after]);
  return lesson;
}

interface WhoProps {
  students: readonly Student[];
  playing: Student | undefined;
  changed: () => void;
}

const NEW = "new";

/** Who plays: chosen, or made anew with a nick name. */
function Who({ students, playing, changed }: WhoProps) {
  const [naming, setNaming] = useState(false);
  const choose = (value: string) => {
    setNaming(value === NEW);
    if (value !== NEW) practiceApi.letPlay(value || null).then(changed, complain);
  };
  return (
    <div class="who">
      <label class="row">
        <span class="name">{tp("who.label")}</span>
        <select
          value={naming ? NEW : (playing?.student ?? "")}
          onChange={(event) => choose(event.currentTarget.value)}
        >
          <option value="">{tp("who.nobody")}</option>
          {students.map((student) => (
            <option key={student.student} value={student.student}>
              {student.nickname}
            </option>
          ))}
          <option value={NEW}>{tp("who.new")}</option>
        </select>
      </label>
      {naming && (
        <NewStudent
          made={() => {
            setNaming(false);
            changed();
          }}
        />
      )}
    </div>
  );
}

function NewStudent({ made }: { made: () => void }) {
  const input = useRef<HTMLInputElement>(null);
  const save = (event: Event) => {
    event.preventDefault();
    const nickname = input.current?.value.trim();
    if (!nickname) return;
    practiceApi
      .makeStudent(nickname)
      .then(({ student }) => practiceApi.letPlay(student))
      .then(made, complain);
  };
  return (
    <form class="rename" onSubmit={save}>
      <input
        ref={input}
        type="text"
        aria-label={tp("who.name")}
        placeholder={tp("who.name")}
        maxLength={40}
      />
      <button type="submit" class="main">
        {tp("who.save")}
      </button>
    </form>
  );
}
