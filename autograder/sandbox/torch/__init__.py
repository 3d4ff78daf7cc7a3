"""What torch needs in a worker: a device that is not there, settings that hold for the whole process."""
