from tests.loop_guard import loop_guard, task_guard

__all__ = ["loop_guard", "task_guard"]
