/** Where the page is: the part of its address behind the `#`. */
import { useEffect, useState } from "preact/hooks";

export function useRoom(): string {
  const [room, setRoom] = useState(location.hash);
  useEffect(() => {
    const follow = () => setRoom(location.hash);
    addEventListener("hashchange", follow);
    return () => removeEventListener("hashchange", follow);
  }, []);
  return room;
}
