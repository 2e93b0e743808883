"""The story that `rehearsal demo` tells, each step of it checked."""
