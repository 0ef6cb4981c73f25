# Lo que Watchpost dice en los correos, en español. Una frase por línea: nombre = texto; {…} se rellena.

months = enero, febrero, marzo, abril, mayo, junio, julio, agosto, septiembre, octubre, noviembre, diciembre
dayOne = 1
date = {day} de {month} de {year}, {time} ({zone})

labelFrom = De:
labelDate = Fecha:
labelPlace = En:
labelReply = Responder a:
labelWeb = En la web:
nobody = (sin nombre)

seePost = Ver este mensaje en el foro en línea
replyHow = Para responder, conteste simplemente a este correo: su respuesta se publicará con su nombre en la página del debate. Si su programa de correo no propone la dirección indicada a continuación, escriba a ella.
replyLink = Responder por correo electrónico
noAnswers = Este hilo de debate ya no admite respuestas.
continues = Este mensaje es demasiado largo para enviarse íntegramente por correo. Continúa en el foro en línea.

whyThread = Recibe este correo porque sigue el hilo de debate «{thread}».
whyDiscussion = Recibe este correo porque sigue el debate «{discussion}».
whyEverything = Recibe este correo porque sigue todos los debates de {site}.
whyDaily = Recibe este resumen porque los mensajes de lo que sigue se le envían una vez al día.
whyWeekly = Recibe este resumen porque los mensajes de lo que sigue se le envían una vez por semana.
whyCatchUp = Estos mensajes no pudieron enviársele a tiempo. Los recibe reunidos en un solo resumen.
whyLastCall = Recibe este resumen con antelación porque el debate «{discussion}» se cerrará pronto.
whyLeaving = Recibe este resumen porque cambió la forma de recibir los mensajes; contiene los que estaban pendientes.
watched = Estos mensajes provienen de lo que usted sigue: {watches}.
watchedThreads = hilos de debate
watchedDiscussions = debates completos
watchedEverything = todos los debates de {site}
list = {first}, {second}
changeOrStop = Cambiar la forma en que recibe los correos o dejar de recibirlos:
changeOrStopLink = Cambiar la forma en que recibe los correos o dejar de recibirlos
stopByMail = Para dejar de recibir estos correos, envíe cualquier mensaje a:
account = Este correo corresponde a su cuenta {address}.
helpdesk = Servicio de asistencia:

digestDaily = {site}: resumen diario
digestWeekly = {site}: resumen semanal
digestCatchUp = {site}: mensajes que aún no había recibido
digestLastCall = {discussion}: resumen antes del cierre
digestLeaving = {site}: mensajes que esperaban su resumen
digestSubject = {heading}, {posts}
part = parte {part} de {parts}
contents = Índice

posts.one = {count} mensaje
posts.other = {count} mensajes
