"""The technician's commands: one camera or a whole rig, looked at and set up before a show, never during one."""
