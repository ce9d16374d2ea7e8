"""Sony's VISCA over IP: an eight-byte header before each VISCA frame, and what both ends make of its number.

    type (2)   length (2)   sequence number (4)   payload (1 … 16)       all big-endian

    0100 command         controller -> camera, a VISCA frame
    0110 inquiry         controller -> camera, a VISCA frame
    0111 reply           camera -> controller, with the number of what it answers
    0120 device setting  controller -> camera, a VISCA frame
    0200 control         controller -> camera: 01 RESET
    0201 control reply   camera -> controller: 01 done · 0F 01 abnormal number · 0F 02 abnormal message

Source of all this: Sony SRG-300H technical manual, pages 31 and 32.

What is sent again carries the SAME number, so that the camera carries nothing out twice. If the command was lost it
is now taken; if only the reply was lost the answer is 0F 01, and the same comes for a number that is out of turn (the
camera was switched off and on, or never saw the RESET). The two cannot be told apart for certain, hence:

    RESET at the start and after every 0F 01                     -> both ends count from the beginning again
    0F 01 for what may be done twice, and for an inquiry         -> issued again with a new number, after the RESET
    0F 01 for what may not, sent more than once                  -> the camera has had it: TAKEN (unless the RESET
                                                                    before was never answered: REFUSED)
    0F 01 for what may not, sent once                            -> REFUSED, for a repeated datagram looks the same
    a number from before a RESET                                 -> still understood in replies, never sent again

Replies are matched by their number. Each thing sent gets at most one ACK and one end, whatever the network repeats
and however often it was issued; what belongs to nothing is dropped.

When to send again is not decided here: the VISCA conversation knows which camera withholds its ACKs. It hands the
same key in again. Only a RESET has a timer of its own.

`packet` is the header, `session` the controller's end, `receiver` the camera's. Neither end raises for bytes that came
from outside.
"""
