"""What needs the solution or a staff seed; not part of the students' wheel."""
