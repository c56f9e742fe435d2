"""What earns points, hours or credits: each rule is one class, with everything that a calendar knows of it."""
